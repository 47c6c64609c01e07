import { Problem } from '../../sandbox/problem.ts'
import { findWorkspace } from '../../service/workspaces/create.ts'
import { listMembersOf, type Member } from '../../service/workspaces/membership.ts'
import { removeMember } from '../../service/workspaces/members.ts'
import { argument, type Actions } from './action.ts'

/** Who is in a workspace. */
export const memberActions: Actions = {
  list: {
    needs: ['WORKSPACE'],
    async run(asked) {
      const db = await asked.database()
      const { id } = await findWorkspace(db, argument(asked, 0))
      return (await listMembersOf(db, id)).map(describe).join('\n')
    },
  },
  remove: {
    needs: ['WORKSPACE', 'PERSON'],
    async run(asked) {
      const [db, publicId, subject] = [
        await asked.database(),
        argument(asked, 0),
        argument(asked, 1),
      ]
      if (await removeMember(db, await findWorkspace(db, publicId), subject)) {
        return `${subject} is out of ${publicId}; their keys and tokens of it no longer work.`
      }
      throw new Problem(`${subject} is no member of ${publicId}.`)
    },
  },
}

function describe({ person, role, joinedAt }: Member): string {
  return `${person.subject ?? person.id}  ${role}  ${person.email ?? 'no e-mail'}, since ${joinedAt.toISOString()}`
}

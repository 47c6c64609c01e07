import { useTexts } from '../i18n/texts.ts'
import { reserveTab, type PaymentTab } from './engine/payment-tab.ts'

/** Gives what reserves a tab. Call that in the click itself; `message` is what the tab shows first. */
export function useReservedTab(): (message?: string) => PaymentTab | null {
  const t = useTexts()
  return (message = t('buy.creating')) =>
    reserveTab({ message, late: t('buy.tabLate'), back: t('returned.back') })
}

// The payment page works without this; it only spares the payer a double press and a reload.

const FOLLOW_EVERY_MS = 1000

/** One press pays once, and the button shows it. */
function guardSubmit(form) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) event.preventDefault()
    form.dataset.sent = 'yes'
    event.submitter?.setAttribute('aria-busy', 'true')
  })
  // Back from the next page: the browser may show this one as it was left.
  addEventListener('pageshow', () => {
    delete form.dataset.sent
    for (const button of form.querySelectorAll('[aria-busy]')) button.removeAttribute('aria-busy')
  })
}

/** Polls the phone's answer, and goes where it says. */
function follow(section) {
  const status = section.querySelector('[role=status]')
  const waiting = status.textContent
  const ask = async () => {
    try {
      const response = await fetch(section.dataset.follow)
      const { go } = await response.json()
      if (go) return location.replace(go)
      status.textContent = waiting
    } catch {
      status.textContent = 'No connection to the payment page. Trying again…'
    }
    setTimeout(ask, FOLLOW_EVERY_MS)
  }
  setTimeout(ask, FOLLOW_EVERY_MS)
}

for (const form of document.querySelectorAll('form[data-pay]')) guardSubmit(form)
for (const section of document.querySelectorAll('[data-follow]')) follow(section)

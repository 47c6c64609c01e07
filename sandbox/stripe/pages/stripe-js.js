// Replaces https://js.stripe.com: the part of Stripe.js that embeds a payment page. It behaves, and
// fails, as Stripe documents. https://docs.stripe.com/js/embedded_checkout
;(() => {
  const HOME = '{{ home }}'
  const RELEASE = 'endive'

  class IntegrationError extends Error {
    name = 'IntegrationError'
  }

  /** Stripe.js allows one in a page. */
  let current = null

  function Stripe(key) {
    if (typeof key !== 'string' || !key.startsWith('pk_')) {
      throw new IntegrationError('Please call Stripe() with your publishable key.')
    }
    return { createEmbeddedCheckoutPage: (options) => create(key, options) }
  }
  Stripe.version = RELEASE

  async function create(key, { fetchClientSecret, onComplete, onAnalyticsEvent } = {}) {
    if (typeof fetchClientSecret !== 'function') {
      throw new IntegrationError('fetchClientSecret must be a function that gives a client secret.')
    }
    if (current !== null) {
      throw new IntegrationError('You cannot have multiple Embedded Checkout objects.')
    }
    const checkout = new EmbeddedCheckout({ onComplete, onAnalyticsEvent })
    current = checkout
    try {
      const secret = await fetchClientSecret()
      if (!/^cs_(test|live)_\w+_secret_\w+$/.test(secret)) {
        throw new IntegrationError('fetchClientSecret gave no client secret of a Checkout Session.')
      }
      const query = new URLSearchParams({ key, secret })
      checkout.frame.src = `${HOME}/c/embedded?${query}`
    } catch (error) {
      current = null
      throw error
    }
    return checkout
  }

  class EmbeddedCheckout {
    #callbacks
    #completed = false
    #destroyed = false
    #listen = (event) => this.#hear(event)
    frame = document.createElement('iframe')

    constructor(callbacks) {
      this.#callbacks = callbacks
      this.frame.name = 'embedded-checkout'
      this.frame.title = 'Secure payment input frame'
      this.frame.allow = 'payment *'
      this.frame.style.cssText = 'display:block;width:100%;height:0;border:0'
      addEventListener('message', this.#listen)
    }

    #hear({ source, origin, data }) {
      if (origin !== new URL(HOME).origin || source !== this.frame.contentWindow) return
      if (data.height) this.frame.style.height = `${data.height}px`
      if (data.rendered) this.#callbacks.onAnalyticsEvent?.({ eventType: 'checkoutRendered' })
      if (!data.complete || this.#completed) return
      this.#completed = true
      this.#callbacks.onComplete?.()
    }

    #use() {
      if (!this.#destroyed) return
      throw new IntegrationError(
        "This Embedded Checkout instance has been destroyed and can't be used anymore. Please create a new one.",
      )
    }

    mount(location) {
      this.#use()
      const place = typeof location === 'string' ? document.querySelector(location) : location
      if (!place) throw new IntegrationError('There is no element to mount Embedded Checkout in.')
      place.append(this.frame)
    }

    unmount() {
      this.#use()
      this.frame.remove()
    }

    destroy() {
      this.#use()
      this.#destroyed = true
      this.frame.remove()
      removeEventListener('message', this.#listen)
      current = null
    }
  }

  window.Stripe = Stripe
})()

import * as z from 'zod'
import { endpoint, integer, metadataSchema, nothing } from './endpoint.ts'
import { missing } from './errors.ts'
import { currencySchema } from './currency.ts'
import { priceObject, productObject } from './objects.ts'
import type { Price, Product } from './state.ts'
import { newId, nowSeconds, type StripeWorld } from './world.ts'

export const productData = {
  name: z.string().min(1).max(5000),
  description: z.string().max(40_000).optional(),
  metadata: metadataSchema,
}

export const unitAmount = integer.pipe(z.int().min(0).max(99_999_999))

export function addProduct(
  world: StripeWorld,
  data: { name: string; description?: string | undefined; metadata: Record<string, string> },
): Product {
  const product: Product = {
    id: newId('prod'),
    created: nowSeconds(world),
    name: data.name,
    description: data.description ?? null,
    metadata: data.metadata,
  }
  world.state.products[product.id] = product
  return product
}

export function addPrice(
  world: StripeWorld,
  fields: Pick<Price, 'product' | 'currency' | 'unitAmountMinor' | 'metadata'>,
): Price {
  const price: Price = { id: newId('price'), created: nowSeconds(world), ...fields }
  world.state.prices[price.id] = price
  return price
}

export const catalogEndpoints = [
  endpoint({
    method: 'POST',
    path: '/v1/products',
    params: z.strictObject(productData),
    run: ({ params, world }) => productObject(addProduct(world, params)),
  }),
  endpoint({
    method: 'GET',
    path: '/v1/products/:id',
    params: nothing,
    run({ id, world }) {
      const product = world.state.products[id]
      if (product === undefined) throw missing('product', id)
      return productObject(product)
    },
  }),
  endpoint({
    method: 'POST',
    path: '/v1/prices',
    params: z.strictObject({
      currency: currencySchema,
      unit_amount: unitAmount,
      product: z.string(),
      metadata: metadataSchema,
    }),
    run({ params, world }) {
      if (!(params.product in world.state.products)) {
        throw missing('product', params.product, 'product')
      }
      const { currency, product, metadata } = params
      return priceObject(
        addPrice(world, { currency, product, metadata, unitAmountMinor: params.unit_amount }),
      )
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/prices/:id',
    params: nothing,
    run({ id, world }) {
      const price = world.state.prices[id]
      if (price === undefined) throw missing('price', id)
      return priceObject(price)
    },
  }),
]

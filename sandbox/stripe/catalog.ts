import * as z from 'zod'
import { endpoint, integer, metadataSchema, nothing } from './endpoint.ts'
import { currencySchema } from './currency.ts'
import { findPrice, findProduct } from './find.ts'
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
    run: ({ id, world }) => productObject(findProduct(world, id)),
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
      const { currency, metadata } = params
      const product = findProduct(world, params.product, 'product').id
      return priceObject(
        addPrice(world, { currency, product, metadata, unitAmountMinor: params.unit_amount }),
      )
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/prices/:id',
    params: nothing,
    run: ({ id, world }) => priceObject(findPrice(world, id)),
  }),
]

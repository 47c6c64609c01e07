import { MAX_CREDITS, MAX_USD_MICROS } from '@comfyui-credits/contract/money'
import * as z from 'zod/mini'

/**
 * Figures and times in what the browser stores and in files, which another version may have written,
 * or anybody.
 */

/** An amount of money. */
export const moneySchema = z.int().check(z.gte(-MAX_USD_MICROS), z.lte(MAX_USD_MICROS))

/** A price as nodes quote it. */
export const priceSchema = z.number().check(z.gte(0), z.lte(MAX_CREDITS))

/** What a Date can hold: another number cannot be shown as a time. */
export const MAX_TIME = 8.64e15
export const timeSchema = z.number().check(z.gte(-MAX_TIME), z.lte(MAX_TIME))

export { countIn, formatCount } from "./count.ts";
export { isZero, negated } from "./decimal.ts";
export {
  AMOUNT_MAX_MINOR, compareMoney, type Currency, currency, formatMoney, type InputFault, minorUnits, moneyBetween, moneySum, parseMoneyInput,
} from "./money.ts";
export { formatPoints, formatPointsInFull, parsePointsInput, pointUnits } from "./points.ts";
export { formatPpm, formatRate, formatShare, perHundred } from "./rate.ts";
export { clock, type LocalTime, localTime, minutesBetween } from "./time.ts";

/** Accounts that hold something else than money, by the names of the chart. */
const OF_UNITS = /^(points|release|value|emission|claims?|shares|equity|market\.points)(\.|$)/;

/** Whether an account holds money; all others hold units with twelve decimals. */
export function holdsMoney(account: string): boolean {
  return !OF_UNITS.test(account);
}

/** Check digit algorithms shared by several kinds of number. Each takes digits only. */

/** ISO/IEC 7812-1 annex B. */
export function hasLuhnDigit(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 0x30;
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** The weighted sum of the digits, starting with the first. */
export function weigh(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, i) => sum + weight * digitAt(digits, i), 0);
}

export function digitAt(digits: string, at: number): number {
  return digits.charCodeAt(at) - 0x30;
}

/** ISO/IEC 7064, MOD 11,10. */
export function hasMod1110Digit(digits: string): boolean {
  let product = 10;
  for (let i = 0; i < digits.length - 1; i++) {
    const sum = (digitAt(digits, i) + product) % 10;
    product = ((sum === 0 ? 10 : sum) * 2) % 11;
  }
  return (11 - product) % 10 === digitAt(digits, digits.length - 1);
}

/** The group table of Verhoeff, 1969: the symmetries of a pentagon. */
const verhoeffProduct = (a: number, b: number): number =>
  a < 5 ? (b < 5 ? (a + b) % 5 : 5 + ((a + b) % 5)) : b < 5 ? 5 + ((a - b + 5) % 5) : (a - b + 10) % 5;
const verhoeffPermutation = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

export function hasVerhoeffDigit(digits: string): boolean {
  let check = 0;
  for (let i = 0; i < digits.length; i++) {
    let digit = digitAt(digits, digits.length - 1 - i);
    for (let times = i % 8; times > 0; times--) digit = verhoeffPermutation[digit]!;
    check = verhoeffProduct(check, digit);
  }
  return check === 0;
}

/**
 * ISO/IEC 7064, MOD 11-2, as China's resident identity numbers carry it: computed over the first 17 digits, `X` for
 * ten.
 */
export function chineseCheck(digits: string): string {
  const sum = weigh(digits, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
  return '10X98765432'[sum % 11]!;
}

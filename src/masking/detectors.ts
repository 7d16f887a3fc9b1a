/** Recognisers of sensitive values inside text, by name as `mask … pattern NAME` writes it. */
export type DetectorName = string;

/** Every name that `pattern` may use. Another name is an error when the rules are loaded. */
export const detectorNames: readonly DetectorName[] = ['credit_card', 'iban', 'email', 'phone'];

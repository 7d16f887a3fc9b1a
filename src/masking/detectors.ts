/** Recognisers of sensitive values inside text, by name as `mask … pattern NAME` writes it. */
export type DetectorName = string;

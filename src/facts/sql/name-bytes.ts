/** NAMEDATALEN - 1: the server cuts a longer name, so two of them may be one, and rules would see another than it takes. */
export const NAME_BYTES_MAX = 63;

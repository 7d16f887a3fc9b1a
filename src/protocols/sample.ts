/** How much of a result a recording keeps. */
export interface SampleBounds {
  readonly rows: number;
  readonly bytes: number;
}

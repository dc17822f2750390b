/** Filters whose times, ISO 8601, may also be a `Date`. */
export type Dated<Filters> = {
  [Name in keyof Filters]: Name extends `${string}From` | `${string}To`
    ? Filters[Name] | Date
    : Filters[Name];
};

/** As the filters are sent: JSON writes a `Date` as ISO 8601. */
export function written<Filters>(filters: Dated<Filters>): Filters {
  return filters as Filters;
}

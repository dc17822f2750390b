/** Periods that one can look at, in days. */
export const PERIODS = [7, 30, 90] as const;
export type Period = (typeof PERIODS)[number];

/** The address of the dashboard is its state. */
export interface DashboardSearch {
  /** Absent: 30. */
  days?: Period;
}

/** Reads an address; what it does not understand is left out. */
export function dashboardSearch({ days }: Record<string, unknown>): DashboardSearch {
  const period = PERIODS.find((one) => one === Number(days));
  return period === undefined ? {} : { days: period };
}

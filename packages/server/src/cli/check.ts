/** One check of the doctor: what it found, and what to do about it. */
export interface Check {
  name: string;
  status: "ok" | "warn" | "fail";
  finding: string;
  advice: string | null;
}

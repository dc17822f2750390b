import type { SessionOptions } from "@serviceflow/sdk";

/** The sign-in of the company, at an address of this server that leads there and back. */
export interface CompanyAccount {
  /** What people call it: "Norvik account". */
  name: string;
  href: string;
}

/**
 * @param here the address that people come back to
 * @returns undefined unless the server offers a sign-in at an address of its own
 */
export function companyAccount({ oidc }: SessionOptions, here: string): CompanyAccount | undefined {
  if (oidc === null || !URL.canParse(oidc.url, here)) return undefined;
  const url = new URL(oidc.url, here);
  const { origin, pathname, search } = new URL(here);
  if (url.origin !== origin) return undefined;
  url.searchParams.set("return", pathname + search);
  return { name: oidc.label, href: url.href };
}

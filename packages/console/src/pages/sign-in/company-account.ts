/** The sign-in of the company, at an address of this server that leads there and back. */
export interface CompanyAccount {
  /** What people call it: "Norvik account". */
  name: string;
  href: string;
}

/**
 * The company's sign-in, where the server offers one: it names it in the page,
 * `<meta name="company-account" content="Norvik account" data-href="/session/company">`.
 */
export function companyAccount(page: Pick<Document, "querySelector"> = document) {
  const meta = page.querySelector<HTMLMetaElement>('meta[name="company-account"]');
  return readCompanyAccount(meta?.content, meta?.dataset.href, location.href);
}

/** @returns undefined unless it has a name and an address of this server */
export function readCompanyAccount(
  name: string | undefined,
  href: string | undefined,
  here: string,
): CompanyAccount | undefined {
  if (!name || !href || !URL.canParse(href, here)) return undefined;
  const url = new URL(href, here);
  if (url.origin !== new URL(here).origin) return undefined;
  url.searchParams.set("returnTo", new URL(here).pathname + new URL(here).search);
  return { name, href: url.href };
}

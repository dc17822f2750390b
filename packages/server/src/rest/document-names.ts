/** `requests.create`, `request_closed`: as the name of a component. */
export function toPascalCase(name: string): string {
  return name.replace(/(?:^|[._])([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

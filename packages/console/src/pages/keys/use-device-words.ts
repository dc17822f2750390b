import { useLingui } from "@lingui/react/macro";

const UNKNOWN = "Unknown browser";

/** The name that the server gives a device, "Firefox on Linux", in the reader’s language. */
export function useDeviceWords(): (device: string) => string {
  const { t } = useLingui();
  const named = (name: string) => (name === UNKNOWN ? t`Unknown browser` : name);
  return (device) => {
    const [name = device, system] = device.split(" on ");
    const browser = named(name);
    return system === undefined ? browser : t`${browser} on ${system}`;
  };
}

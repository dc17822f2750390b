import { useSyncExternalStore } from "react";
import { appearance, onAppearance } from "./appearance.ts";

export function useAppearance() {
  return useSyncExternalStore(onAppearance, appearance);
}

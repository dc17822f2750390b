/** Fails on an import that runs up or sideways between the layers of `generate/layers.ts`. */
import { layerFaults } from "./generate/layers.ts";

const faults = layerFaults();
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;

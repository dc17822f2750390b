/** Where an export goes: a file that grows on the disk, else the memory of the page until it is whole. */
export interface ExportSink {
  write(text: string): Promise<void>;
  /** Ends the file. */
  close(): Promise<void>;
  /** Leaves nothing behind. */
  abort(): Promise<void>;
}

interface WritableFile {
  write(data: string): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
}

type SavePicker = (options: {
  suggestedName: string;
}) => Promise<{ createWritable(): Promise<WritableFile> }>;

/**
 * Opens a file to export to. Asks where, in browsers that can write to the disk.
 * @returns null when the person has changed their mind
 */
export async function openSink(name: string): Promise<ExportSink | null> {
  const pick = (globalThis as { showSaveFilePicker?: SavePicker }).showSaveFilePicker;
  if (pick === undefined) return blobSink(name);
  try {
    const handle = await pick({ suggestedName: name });
    return await handle.createWritable();
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return null;
    return blobSink(name);
  }
}

function blobSink(name: string): ExportSink {
  let parts: string[] = [];
  return {
    async write(text) {
      parts.push(text);
    },
    async close() {
      const url = URL.createObjectURL(new Blob(parts, { type: "application/x-ndjson" }));
      const link = document.createElement("a");
      link.href = url;
      link.download = name;
      link.click();
      // The browser reads it after the click.
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
      parts = [];
    },
    async abort() {
      parts = [];
    },
  };
}

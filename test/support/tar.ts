// Tar archives written by hand (POSIX ustar), so that a test can make ones that no tool would.

export interface TarEntry {
  readonly name: string;
  readonly bytes?: Uint8Array;
  /** What the header claims, where that is not the number of bytes. */
  readonly size?: number;
  /** "0" file, "1" hard link, "2" symlink, "3" character device, "5" folder, "6" FIFO, "x" extended header. */
  readonly type?: string;
  readonly link?: string;
}

const BLOCK = 512;
const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, "0")}\0`;

function header({ name, bytes = new Uint8Array(), size = bytes.length, type = "0", link = "" }: TarEntry): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0);
  block.write(octal(0o644, 8), 100);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write(" ".repeat(8), 148);
  block.write(type, 156);
  block.write(link, 157);
  block.write("ustar\x0000", 257);
  block.write(
    `${octal(
      block.reduce((sum, byte) => sum + byte, 0),
      7,
    )} `,
    148,
  );
  return block;
}

/** The archive without the two empty blocks at its end. */
export function openTar(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat(
    entries.flatMap((entry) => {
      const { bytes = new Uint8Array() } = entry;
      return [header(entry), bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)];
    }),
  );
}

export const tar = (entries: readonly TarEntry[]): Buffer => Buffer.concat([openTar(entries), Buffer.alloc(2 * BLOCK)]);

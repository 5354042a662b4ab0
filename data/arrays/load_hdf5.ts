import { CremaError } from "../../base/error.ts";

/** The library that reads and writes HDF5, with its file system in memory. */
export interface Hdf5Library {
  /** The library, with its classes for files, groups and datasets. */
  readonly h5: typeof import("h5wasm");
  /** The file system that the library reads and writes. */
  readonly files: NonNullable<typeof import("h5wasm")["FS"]>;
}

let library: Hdf5Library | undefined;

/**
 * Loads the HDF5 library. It is large, so call this only when there is such a file. Throws a CremaError when
 * it fails.
 */
export async function loadHdf5(): Promise<Hdf5Library> {
  if (library !== undefined) return library;
  try {
    const h5 = await import("h5wasm");
    const native = await h5.ready;
    // Otherwise it prints its errors and returns a value that looks like a file.
    native.activate_throwing_error_handler();
    return library = { h5, files: native.FS };
  } catch (cause) {
    throw new CremaError(
      `Expected the library h5wasm, which reads and writes HDF5, but found: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** The HDF5 library for code that cannot await. Throws a CremaError unless {@link loadHdf5} has finished. */
export function loadedHdf5(): Hdf5Library {
  if (library !== undefined) return library;
  throw new CremaError("Expected the library h5wasm to be loaded but found that it is not", {
    hint: "`train` and solvers load it where `snapshot_format` is HDF5.",
  });
}

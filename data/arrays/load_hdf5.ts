import { CremaError } from "../../base/error.ts";

/** The library that reads and writes HDF5, and its file system, which is memory. */
export interface Hdf5Library {
  /** Classes of files, groups and datasets. */
  readonly h5: typeof import("h5wasm");
  /** The files that they know. */
  readonly files: NonNullable<typeof import("h5wasm")["FS"]>;
}

let library: Hdf5Library | undefined;

/** Loads the library of HDF5, by those alone who have such a file: it is large. Throws a CremaError. */
export async function loadHdf5(): Promise<Hdf5Library> {
  if (library !== undefined) return library;
  try {
    const h5 = await import("h5wasm");
    const native = await h5.ready;
    // Else its errors are printed, and what it returns for them looks like a file.
    native.activate_throwing_error_handler();
    return library = { h5, files: native.FS };
  } catch (cause) {
    throw new CremaError(
      `Expected the library h5wasm, which reads and writes HDF5, but found: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** The library of HDF5 for those who can't wait. Throws a CremaError unless {@link loadHdf5} was called before. */
export function loadedHdf5(): Hdf5Library {
  if (library !== undefined) return library;
  throw new CremaError("Expected the library h5wasm to be loaded but found that it is not", {
    hint: "`train` and solvers load it where `snapshot_format` is HDF5.",
  });
}

import { opsDeclarations } from "./ops/ops_symbols.ts";

/** A C declaration, and the type that it crosses the border as. */
type Typed = readonly [c: string, native: Deno.NativeResultType];

/** A C function: its result first, then its parameters. */
type Declaration = readonly [result: Typed, ...parameters: (readonly [c: string, native: Deno.NativeType])[]];

/** The version of crema.h that this table mirrors. */
export const ABI_VERSION = 3;

/**
 * crema.h, function by function in its order: first the result, then the parameters, each as its C
 * declaration and the type that it crosses as. tests/unit/ffi/symbols_test.ts reads the header and fails when
 * the two differ.
 *
 * Handles cross as "pointer", memory that TypeScript owns as "buffer". Addresses that TypeScript compares
 * cross as "u64": comparing two bigints costs less than Deno.UnsafePointer.equals.
 */
export const declarations = {
  // The engine
  crema_abi_version: [["int32_t", "i32"]],
  crema_engine_name: [["const char*", "pointer"]],
  crema_engine_version: [["const char*", "pointer"]],
  crema_layer_types: [["const char*", "pointer"]],
  crema_knows_field: [["int32_t", "i32"], ["const char* message", "buffer"], ["int32_t field", "i32"], [
    "int32_t value",
    "i32",
  ]],
  crema_last_error: [["const char*", "pointer"]],
  crema_last_error_layer: [["const char*", "pointer"]],
  crema_threads: [["int32_t", "i32"]],
  crema_set_threads: [["crema_status", "i32"], ["int32_t n", "i32"]],
  crema_set_option: [["crema_status", "i32"], ["const char* name", "buffer"], ["int32_t value", "i32"]],
  crema_tuning: [["crema_status", "i32"], ["crema_buffer** text", "buffer"]],
  crema_add_tuning: [["crema_status", "i32"], ["const uint8_t* text", "buffer"], ["uint64_t size", "u64"]],
  crema_watch_signals: [
    ["void", "void"],
    ["int32_t sigint", "i32"],
    ["int32_t sigterm", "i32"],
    ["const char* note", "buffer"],
  ],

  // Buffers
  crema_buffer_size: [["uint64_t", "u64"], ["const crema_buffer* buffer", "pointer"]],
  crema_buffer_data: [["const uint8_t*", "pointer"], ["const crema_buffer* buffer", "pointer"]],
  crema_buffer_free: [["void", "void"], ["crema_buffer* buffer", "pointer"]],

  // Host layers
  crema_layer_num_bottoms: [["int32_t", "i32"], ["const crema_layer* layer", "pointer"]],
  crema_layer_num_tops: [["int32_t", "i32"], ["const crema_layer* layer", "pointer"]],
  crema_layer_num_params: [["int32_t", "i32"], ["const crema_layer* layer", "pointer"]],
  crema_layer_bottom: [
    ["crema_blob*", "pointer"],
    ["crema_layer* layer", "pointer"],
    ["int32_t index", "i32"],
  ],
  crema_layer_top: [
    ["crema_blob*", "pointer"],
    ["crema_layer* layer", "pointer"],
    ["int32_t index", "i32"],
  ],
  crema_layer_param: [
    ["crema_blob*", "pointer"],
    ["crema_layer* layer", "pointer"],
    ["int32_t index", "i32"],
  ],
  crema_layer_add_param: [
    ["crema_status", "i32"],
    ["crema_layer* layer", "pointer"],
    ["const int32_t* dims", "buffer"],
    ["int32_t axes", "i32"],
    ["const uint8_t* filler", "buffer"],
    ["uint64_t size", "u64"],
  ],

  // Blobs
  crema_blob_shape: [
    ["int32_t", "i32"],
    ["const crema_blob* blob", "pointer"],
    ["int32_t* dims", "buffer"],
    ["int32_t capacity", "i32"],
  ],
  crema_blob_reshape: [
    ["crema_status", "i32"],
    ["crema_blob* blob", "pointer"],
    ["const int32_t* dims", "buffer"],
    ["int32_t axes", "i32"],
  ],
  crema_blob_data: [["uint64_t", "u64"], ["crema_blob* blob", "pointer"]],
  crema_blob_diff: [["uint64_t", "u64"], ["crema_blob* blob", "pointer"]],
  crema_blob_read: [
    ["crema_status", "i32"],
    ["crema_blob* blob", "pointer"],
    ["int32_t diff", "i32"],
    ["uint64_t offset", "u64"],
    ["float* values", "buffer"],
    ["uint64_t count", "u64"],
  ],
  crema_blob_write: [
    ["crema_status", "i32"],
    ["crema_blob* blob", "pointer"],
    ["int32_t diff", "i32"],
    ["uint64_t offset", "u64"],
    ["const float* values", "buffer"],
    ["uint64_t count", "u64"],
  ],
  crema_blob_norms: [
    ["crema_status", "i32"],
    ["crema_blob* blob", "pointer"],
    ["int32_t diff", "i32"],
    ["double* asum", "buffer"],
    ["double* sumsq", "buffer"],
  ],

  // Nets
  crema_net_create: [
    ["crema_status", "i32"],
    ["const uint8_t* param", "buffer"],
    ["uint64_t size", "u64"],
    ["int64_t seed", "i64"],
    ["const crema_host* host", "buffer"],
    ["crema_net** net", "buffer"],
  ],
  crema_net_free: [["void", "void"], ["crema_net* net", "pointer"]],
  crema_net_name: [["const char*", "pointer"], ["const crema_net* net", "pointer"]],
  crema_net_phase: [["int32_t", "i32"], ["const crema_net* net", "pointer"]],
  crema_net_num_layers: [["int32_t", "i32"], ["const crema_net* net", "pointer"]],
  crema_net_layer_name: [
    ["const char*", "pointer"],
    ["const crema_net* net", "pointer"],
    ["int32_t layer", "i32"],
  ],
  crema_net_layer_type: [
    ["const char*", "pointer"],
    ["const crema_net* net", "pointer"],
    ["int32_t layer", "i32"],
  ],
  crema_net_layer_needs_backward: [
    ["int32_t", "i32"],
    ["const crema_net* net", "pointer"],
    ["int32_t layer", "i32"],
  ],
  crema_net_layer_bottoms: [
    ["int32_t", "i32"],
    ["const crema_net* net", "pointer"],
    ["int32_t layer", "i32"],
    ["int32_t* blobs", "buffer"],
    ["int32_t capacity", "i32"],
  ],
  crema_net_layer_tops: [
    ["int32_t", "i32"],
    ["const crema_net* net", "pointer"],
    ["int32_t layer", "i32"],
    ["int32_t* blobs", "buffer"],
    ["int32_t capacity", "i32"],
  ],
  crema_net_layer_num_params: [
    ["int32_t", "i32"],
    ["const crema_net* net", "pointer"],
    ["int32_t layer", "i32"],
  ],
  crema_net_layer_param: [
    ["crema_blob*", "pointer"],
    ["crema_net* net", "pointer"],
    ["int32_t layer", "i32"],
    ["int32_t index", "i32"],
  ],
  crema_net_num_blobs: [["int32_t", "i32"], ["const crema_net* net", "pointer"]],
  crema_net_blob_name: [
    ["const char*", "pointer"],
    ["const crema_net* net", "pointer"],
    ["int32_t blob", "i32"],
  ],
  crema_net_blob: [
    ["crema_blob*", "pointer"],
    ["crema_net* net", "pointer"],
    ["int32_t blob", "i32"],
  ],
  crema_net_blob_loss_weight: [
    ["float", "f32"],
    ["const crema_net* net", "pointer"],
    ["int32_t blob", "i32"],
  ],
  crema_net_inputs: [
    ["int32_t", "i32"],
    ["const crema_net* net", "pointer"],
    ["int32_t* blobs", "buffer"],
    ["int32_t capacity", "i32"],
  ],
  crema_net_outputs: [
    ["int32_t", "i32"],
    ["const crema_net* net", "pointer"],
    ["int32_t* blobs", "buffer"],
    ["int32_t capacity", "i32"],
  ],
  crema_net_num_learnable: [["int32_t", "i32"], ["const crema_net* net", "pointer"]],
  crema_net_learnable: [
    ["crema_blob*", "pointer"],
    ["crema_net* net", "pointer"],
    ["int32_t index", "i32"],
  ],
  crema_net_learnable_lr_mult: [
    ["float", "f32"],
    ["const crema_net* net", "pointer"],
    ["int32_t index", "i32"],
  ],
  crema_net_learnable_decay_mult: [
    ["float", "f32"],
    ["const crema_net* net", "pointer"],
    ["int32_t index", "i32"],
  ],
  crema_net_forward: [
    ["crema_status", "i32"],
    ["crema_net* net", "pointer"],
    ["int32_t start", "i32"],
    ["int32_t end", "i32"],
    ["float* loss", "buffer"],
  ],
  crema_net_backward: [
    ["crema_status", "i32"],
    ["crema_net* net", "pointer"],
    ["int32_t start", "i32"],
    ["int32_t end", "i32"],
  ],
  crema_net_reshape: [["crema_status", "i32"], ["crema_net* net", "pointer"]],
  crema_net_clear_diffs: [["crema_status", "i32"], ["crema_net* net", "pointer"]],
  crema_net_share_with: [
    ["crema_status", "i32"],
    ["crema_net* net", "pointer"],
    ["crema_net* other", "pointer"],
  ],
  crema_net_copy_from: [
    ["crema_status", "i32"],
    ["crema_net* net", "pointer"],
    ["const uint8_t* param", "buffer"],
    ["uint64_t size", "u64"],
  ],
  crema_net_save: [
    ["crema_status", "i32"],
    ["crema_net* net", "pointer"],
    ["int32_t diffs", "i32"],
    ["crema_buffer** param", "buffer"],
  ],
  crema_net_plan: [
    ["crema_status", "i32"],
    ["crema_net* net", "pointer"],
    ["crema_buffer** plan", "buffer"],
  ],
  crema_net_seconds: [
    ["int32_t", "i32"],
    ["const crema_net* net", "pointer"],
    ["int32_t backward", "i32"],
    ["double* seconds", "buffer"],
    ["int32_t capacity", "i32"],
  ],

  // Solvers
  crema_solver_create: [
    ["crema_status", "i32"],
    ["const uint8_t* param", "buffer"],
    ["uint64_t size", "u64"],
    ["const crema_host* host", "buffer"],
    ["crema_solver** solver", "buffer"],
  ],
  crema_solver_free: [["void", "void"], ["crema_solver* solver", "pointer"]],
  crema_solver_net: [["crema_net*", "pointer"], ["crema_solver* solver", "pointer"]],
  crema_solver_num_test_nets: [["int32_t", "i32"], ["const crema_solver* solver", "pointer"]],
  crema_solver_test_net: [
    ["crema_net*", "pointer"],
    ["crema_solver* solver", "pointer"],
    ["int32_t index", "i32"],
  ],
  crema_solver_iteration: [["int64_t", "i64"], ["const crema_solver* solver", "pointer"]],
  crema_solver_learning_rate: [
    ["crema_status", "i32"],
    ["crema_solver* solver", "pointer"],
    ["float* rate", "buffer"],
  ],
  crema_solver_set_learning_rate: [
    ["crema_status", "i32"],
    ["crema_solver* solver", "pointer"],
    ["float rate", "f32"],
  ],
  crema_solver_forward_backward: [
    ["crema_status", "i32"],
    ["crema_solver* solver", "pointer"],
    ["float* loss", "buffer"],
  ],
  crema_solver_apply_update: [["crema_status", "i32"], ["crema_solver* solver", "pointer"]],
  crema_solver_state: [
    ["crema_status", "i32"],
    ["crema_solver* solver", "pointer"],
    ["crema_buffer** state", "buffer"],
  ],
  crema_solver_restore: [
    ["crema_status", "i32"],
    ["crema_solver* solver", "pointer"],
    ["const uint8_t* state", "buffer"],
    ["uint64_t size", "u64"],
  ],

  // Records to batches
  crema_transform_batch: [
    ["crema_status", "i32"],
    ["const crema_transform* transform", "buffer"],
    ["int32_t num", "i32"],
    ["const uint8_t* records", "buffer"],
    ["const int32_t* offsets", "buffer"],
    ["const uint8_t* mirror", "buffer"],
    ["float* out", "buffer"],
  ],

  // Vector math
  ...opsDeclarations,
} as const satisfies Record<string, Declaration>;

/** The functions of `struct crema_host`, in its order: what the engine calls. */
export const hostDeclarations = {
  create: [["int32_t", "i32"], ["const uint8_t* layer_param", "pointer"], ["uint64_t size", "u64"]],
  setup: [["crema_status", "i32"], ["int32_t id", "i32"], ["crema_layer* layer", "pointer"]],
  reshape: [["crema_status", "i32"], ["int32_t id", "i32"]],
  forward: [["crema_status", "i32"], ["int32_t id", "i32"]],
  backward: [["crema_status", "i32"], ["int32_t id", "i32"], ["const uint8_t* propagate_down", "pointer"]],
  destroy: [["void", "void"], ["int32_t id", "i32"]],
  release: [["void", "void"], ["uint64_t address", "u64"]],
} as const satisfies Record<string, Declaration>;

type Natives<T extends readonly (readonly [string, unknown])[]> = { -readonly [I in keyof T]: T[I][1] };

type Definition<D extends Declaration> = D extends
  readonly [infer R extends Typed, ...infer P extends readonly (readonly [string, Deno.NativeType])[]]
  ? { parameters: Natives<P>; result: R[1] }
  : never;

/** crema.h as Deno.dlopen takes it. */
export type EngineInterface = { [N in keyof typeof declarations]: Definition<(typeof declarations)[N]> };

/** The functions of a loaded engine. */
export type EngineSymbols = Deno.DynamicLibrary<EngineInterface>["symbols"];

/** The definition of one host callback, as Deno.UnsafeCallback takes it. */
export type HostCallbackDefinition<N extends keyof typeof hostDeclarations> = Definition<
  (typeof hostDeclarations)[N]
>;

function define<D extends Declaration>([result, ...parameters]: D): Definition<D> {
  return { parameters: parameters.map(([, native]) => native), result: result[1] } as unknown as Definition<
    D
  >;
}

/** Makes the table that Deno.dlopen takes. */
export function engineInterface(): EngineInterface {
  const entries = Object.entries(declarations).map(([name, declaration]) => [name, define(declaration)]);
  return Object.fromEntries(entries) as EngineInterface;
}

/** Makes the definition of a host callback. */
export function hostCallbackDefinition<N extends keyof typeof hostDeclarations>(
  name: N,
): HostCallbackDefinition<N> {
  return define(hostDeclarations[name]) as HostCallbackDefinition<N>;
}

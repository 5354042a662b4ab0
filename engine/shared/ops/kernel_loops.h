// The kernels of kernels.h, for the processor that this is compiled for. Exactly one file includes
// it for each kind of processor. Everything in it and in its parts has internal linkage, so that
// the linker cannot take one processor's copy for another's.
#ifndef CREMA_ENGINE_SHARED_OPS_KERNEL_LOOPS_H_
#define CREMA_ENGINE_SHARED_OPS_KERNEL_LOOPS_H_

#include "engine/shared/ops/kernels.h"
#include "engine/shared/ops/map_loops.h"
#include "engine/shared/ops/random_loops.h"
#include "engine/shared/ops/reduce_loops.h"
#include "engine/shared/ops/row_loops.h"

namespace crema::ops {
namespace {

constexpr Kernels kKernels = {
    .map = Map,
    .map_backward = MapBackward,
    .combine = Combine,
    .combine_scalar = CombineScalar,
    .axpby = Axpby,
    .reduce = Reduce,
    .dot = Dot,
    .squared_distance = SquaredDistance,
    .find = Find,
    .reduce_columns = ReduceColumns,
    .softmax = Softmax,
    .softmax_columns = SoftmaxColumns,
    .softmax_backward = SoftmaxBackward,
    .softmax_backward_columns = SoftmaxBackwardColumns,
    .normalize = Normalize,
    .normalize_backward = NormalizeBackward,
    .random = Random,
};

}  // namespace
}  // namespace crema::ops

#endif  // CREMA_ENGINE_SHARED_OPS_KERNEL_LOOPS_H_

#include "engine/embedded/layers/map.h"

namespace crema {

UnarySpan SpanOf(Storage& in, Storage& out) {
  if (in.layout() != nullptr && !out.open()) {
    const onednn::Desc desc = *in.layout();
    const float* from = in.Read(desc);
    return {from, out.Write(desc), onednn::PaddedCount(desc)};
  }
  const float* from = in.Read();
  return {from, out.Write(), in.count()};
}

BinarySpan SpanOf(Storage& a, Storage& b, Storage& out) {
  if (a.layout() != nullptr && !b.open() && !out.pinned()) {
    const onednn::Desc desc = *a.layout();
    const float* first = a.Read(desc);
    const float* second = b.Read(desc);
    return {first, second, out.Write(desc), onednn::PaddedCount(desc)};
  }
  const float* first = a.Read();
  const float* second = b.Read();
  return {first, second, out.Write(), a.count()};
}

UnarySpan DenseSpanOf(Storage& in, Storage& out) {
  const onednn::Desc* layout = in.layout();
  if (layout != nullptr && onednn::PaddedCount(*layout) == in.count()) return SpanOf(in, out);
  const float* from = in.Read();
  return {from, out.Write(), in.count()};
}

BinarySpan DenseSpanOf(Storage& a, Storage& b, Storage& out) {
  const onednn::Desc* layout = a.layout();
  if (layout != nullptr && onednn::PaddedCount(*layout) == a.count()) return SpanOf(a, b, out);
  const float* first = a.Read();
  const float* second = b.Read();
  return {first, second, out.Write(), a.count()};
}

void CopyValues(Storage& from, Storage& to) {
  if (&from != &to) Map(SpanOf(from, to), kCheapGrain, [](float x) { return x; });
}

}  // namespace crema

#include "engine/embedded/core/filler.h"
#include "engine/embedded/layers/layers.h"

namespace crema {

namespace {

// Tops filled by fillers: constant fillers run once, the others at every forward.
class DummyDataLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return {.max_bottoms = 0, .min_tops = 1}; }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override { return {}; }

  void SetUp(const Blobs& /*bottom*/, const Blobs& top) override {
    const auto& dummy = param().dummy_data_param();
    const int tops = static_cast<int>(top.size());
    Require(dummy.data_filler_size() <= 1 || dummy.data_filler_size() == tops,
            "Expected dummy_data_param to have no data_filler, one, or one per top (", tops,
            ") but found ", dummy.data_filler_size());
    const bool old = dummy.num_size() > 0 || dummy.channels_size() > 0 || dummy.height_size() > 0 ||
                     dummy.width_size() > 0;
    if (old) {
      Require(dummy.shape_size() == 0,
              "Expected dummy_data_param to have either shape or num, channels, height and width "
              "but found both");
      RequireOneOrEach("num", dummy.num_size(), tops);
      RequireOneOrEach("channels", dummy.channels_size(), tops);
      RequireOneOrEach("height", dummy.height_size(), tops);
      RequireOneOrEach("width", dummy.width_size(), tops);
    } else {
      RequireOneOrEach("shape", dummy.shape_size(), tops);
    }
    for (int i = 0; i < tops; ++i) {
      Blob& blob = *top[static_cast<size_t>(i)];
      blob.Reshape(old ? OldShape(i) : NewShape(i));
      PlanMemory(blob);
      if (IsConstant(i)) Fill(FillerOf(i), blob, random());
    }
  }

  void Reshape(const Blobs& /*bottom*/, const Blobs& /*top*/) override {}

  void Forward(const Blobs& /*bottom*/, const Blobs& top) override {
    for (size_t i = 0; i < top.size(); ++i) {
      const int index = static_cast<int>(i);
      if (!IsConstant(index)) Fill(FillerOf(index), *top[i], random());
    }
  }

  void Backward(const Blobs& /*top*/, const Flags& /*propagate_down*/,
                const Blobs& /*bottom*/) override {}

 private:
  static void RequireOneOrEach(const char* field, int found, int tops) {
    Require(found == 1 || found == tops, "Expected dummy_data_param to have ", field,
            " once, or once per top (", tops, "), but found it ", found, " times");
  }

  // A field given once applies to all tops.
  template <class Field>
  static const auto& At(const Field& field, int i) {
    return field[field.size() == 1 ? 0 : i];
  }

  const caffe::FillerParameter& FillerOf(int i) const {
    // The schema's default filler is the constant 0.
    const auto& fillers = param().dummy_data_param().data_filler();
    return fillers.empty() ? caffe::FillerParameter::default_instance() : At(fillers, i);
  }

  bool IsConstant(int i) const { return FillerOf(i).type() == "constant"; }

  Shape OldShape(int i) const {
    const auto& dummy = param().dummy_data_param();
    const uint32_t dims[] = {At(dummy.num(), i), At(dummy.channels(), i), At(dummy.height(), i),
                             At(dummy.width(), i)};
    Shape shape;
    for (const uint32_t dim : dims) shape.push_back(Length(dim));
    return shape;
  }

  Shape NewShape(int i) const {
    Shape shape;
    for (const int64_t dim : At(param().dummy_data_param().shape(), i).dim()) {
      shape.push_back(Length(dim));
    }
    return shape;
  }

  static int Length(int64_t dim) {
    Require(dim >= 0 && dim <= INT32_MAX,
            "Expected dummy_data_param to have lengths from 0 to 2147483647 but found ", dim);
    return static_cast<int>(dim);
  }
};

}  // namespace

std::unique_ptr<Layer> MakeDummyData(const caffe::LayerParameter& param) {
  return std::make_unique<DummyDataLayer>(param);
}

}  // namespace crema

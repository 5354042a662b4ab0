#ifndef CREMA_ENGINE_EMBEDDED_NET_NET_H_
#define CREMA_ENGINE_EMBEDDED_NET_NET_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "caffe.pb.h"
#include "engine/embedded/core/layer.h"
#include "engine/embedded/core/options.h"
#include "engine/embedded/net/net_node.h"
#include "engine/embedded/plan/lifetimes.h"
#include "engine/embedded/plan/plan.h"
#include "ffi/crema.h"

namespace crema {

// A parameter that a solver updates. Several layers may share it.
struct Learnable {
  Blob* blob;
  float lr_mult, decay_mult;
};

// Layers in the order in which they run, and the blobs that connect them.
class Net {
 public:
  // `index` distinguishes the nets of one solver: it selects their random streams. With an arena,
  // passes over all layers give the memory of blobs back as soon as they can, and a net for TEST
  // runs forward only, unless it has force_backward.
  Net(const caffe::NetParameter& param, uint64_t seed, uint32_t index, const crema_host& host,
      std::shared_ptr<Arena> arena = nullptr);
  Net(const Net&) = delete;
  Net& operator=(const Net&) = delete;

  using Node = NetNode;

  const std::string& name() const { return name_; }
  caffe::Phase phase() const { return phase_; }
  std::vector<Node>& nodes() { return nodes_; }
  const std::vector<Node>& nodes() const { return nodes_; }
  std::vector<std::unique_ptr<Blob>>& blobs() { return blobs_; }
  const std::vector<std::string>& blob_names() const { return blob_names_; }
  const std::vector<float>& blob_loss_weights() const { return blob_loss_weights_; }
  const std::vector<int>& inputs() const { return inputs_; }
  const std::vector<int>& outputs() const { return outputs_; }
  const std::vector<Learnable>& learnables() const { return learnables_; }

  // Runs layers start..end, both included. Returns the weighted sum of their losses.
  float Forward(int start, int end);
  float Forward() { return Forward(0, static_cast<int>(nodes_.size()) - 1); }
  // Runs layers start down to end, both included.
  void Backward(int start, int end);
  void Backward() { Backward(static_cast<int>(nodes_.size()) - 1, 0); }
  void Reshape();
  // Adds what its layers chose by measurement.
  void AddTuned(Tuning& tuning) const;
  // Shapes all layers again with choices that were made before.
  void SetTuning(const std::shared_ptr<const Tuning>& tuning);
  void ClearDiffs();

  // Shares the data of the parameters of the layers of the same name in `other`.
  void ShareWith(Net& other);
  void CopyFrom(const caffe::NetParameter& param);
  caffe::NetParameter ToProto(bool diffs);

  // What is computed together.
  const Plan& plan() const { return plan_; }

  // Bytes that the blobs took, or were to take, when the net was made; for tests.
  int64_t PlannedMemory() const { return planned_memory_; }

  // Saves and restores the random generators, for snapshots.
  void SaveGenerators(int net, caffe::SolverState& state) const;
  void RestoreGenerators(int net, const caffe::SolverState& state);

 private:
  // Construction, in net_init.cc.
  void AddNode(const caffe::LayerParameter& param, const crema_host& host, MemoryPlan& plan);
  std::unique_ptr<Layer> MakeLayer(const caffe::LayerParameter& param,
                                   const crema_host& host) const;
  void AddBottom(const caffe::LayerParameter& param, int index, Node& node);
  void AddTop(const caffe::LayerParameter& param, int index, Node& node);
  bool Overwrites(const Node& last, Blob& blob) const;
  void GiveOwnTop(size_t id, size_t index, Node& node);
  void AddMissingTops(Node& node);
  int AddBlob(const std::string& name);
  void AddParams(const caffe::LayerParameter& param, Node& node, MemoryPlan& plan);
  void PlanBackward();
  // The host looks at the blobs of its layers.
  void OpenHostBlobs();
  // Gives the tops of an Input layer the shapes, or the values, of the blobs that replace them.
  void ShapeReplaced(const Node& node);
  void FillReplaced(const Node& node);
  void SetLossWeights(Node& node);
  // Count the memory that the blobs have, or will have once they are used: the values of a layer's
  // tops and parameters; everything, once it is known what runs backward. Throw Error where it is
  // too much.
  void PlanData(Node& node, MemoryPlan& plan) const;
  void PlanMemory(MemoryPlan& plan);
  // With an arena: how long blobs are needed, as the layers are now.
  Lifetimes PlanLifetimes();
  // Whether the blobs still have the shapes that the layer was shaped for.
  static bool HasShapes(const Node& node);
  static void CheckCanRunBackward(const Node& node);
  static void CheckMemory(const Node& node);

  void PrepareForward(Node& node);
  void FinishForward(Node& node);
  void ForwardNode(Node& node);
  void BackwardNode(Node& node);
  // Run a whole group at once. Return false, and do nothing, if that is not possible now.
  bool ForwardGroup(Plan::Group& group);
  // Runs layer i, or the group that begins with it. Returns the layer that ran last.
  size_t ForwardFrom(size_t i, size_t stop, float& loss);
  size_t BackwardFrom(size_t i, size_t stop);
  // Makes again all that was given up, for a backward pass over some of the layers.
  void RestoreAll();
  // Makes again what layer i, or the group that ends with it, reads backward.
  void RestoreFor(size_t i, const Lifetimes& lifetimes);
  bool BackwardGroup(Plan::Group& group);
  // After a group has run forward at once, lets its layers run backward one by one.
  void SeparateGroup(Plan::Group& group);
  void ReshapeNode(Node& node);
  float LossOf(Node& node) const;

  std::string name_;
  caffe::Phase phase_;
  caffe::NetState state_;
  uint64_t seed_;
  uint32_t index_;
  // Everything runs backward, whether its gradient is needed or not.
  bool force_;
  Storage::Release release_;
  int64_t planned_memory_ = 0;
  // The blobs must outlive the layers, which hold pointers to them.
  std::vector<std::unique_ptr<Blob>> blobs_;
  // Blobs that layers have but the net does not show: what a top held before a layer changed it.
  std::vector<std::unique_ptr<Blob>> hidden_blobs_;
  std::vector<std::string> blob_names_;
  std::vector<float> blob_loss_weights_;
  std::vector<bool> blob_needs_backward_;
  std::vector<Node> nodes_;
  Plan plan_;
  const std::shared_ptr<Arena> arena_;
  const EngineOptions options_ = Options();
  std::vector<int> inputs_, outputs_;
  std::map<std::string, int> blob_ids_;
  std::vector<bool> taken_;

  struct ParamOwner {
    size_t node, param, learnable;
    bool has_lr_mult, has_decay_mult;
  };
  std::map<std::string, ParamOwner> param_owners_;
  // Parameters of one name, and the owner whose values they use.
  struct SharedParam {
    Blob *blob, *owner;
  };
  std::vector<SharedParam> shared_params_;
  std::vector<Learnable> learnables_;
};

// Like InLayer, for code that may run a primitive: a failure of oneDNN becomes an Error too.
template <class Body>
void RunInLayer(const std::string& name, const Body& body) {
  InLayer(name, [&] {
    try {
      body();
    } catch (const dnnl::error& failure) {
      throw Error(
          StrCat("Expected oneDNN to run layer '", name, "' but it answered: ", failure.what()),
          CREMA_INTERNAL);
    }
  });
}

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_NET_NET_H_

#include "engine/embedded/plan/plan_text.h"

#include <cstdio>

namespace crema {

namespace {

// Adds a string, in quotes, and what separates it from the one before.
void AddQuoted(std::string_view text, std::string& to, char separator = ',') {
  if (!to.empty()) to.push_back(separator);
  to.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      to.push_back('\\');
      to.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof(escape), "\\u%04x", static_cast<unsigned>(c));
      to.append(escape);
    } else {
      to.push_back(c);
    }
  }
  to.push_back('"');
}

// The bytes of the tops: values, and gradients where they are used. A blob that the layer works on
// in place is that of the layer which made it.
int64_t BytesOf(const NetNode& node) {
  int64_t values = 0;
  for (size_t i = 0; i < node.tops.size(); ++i) {
    if (i < node.bottoms.size() && node.tops[i] == node.bottoms[i]) continue;
    const bool shares = !node.bottoms.empty() && &node.tops[i]->data() == &node.bottoms[0]->data();
    values += node.tops[i]->count() * ((shares ? 0 : 1) + (node.needs_backward ? 1 : 0));
  }
  return values * static_cast<int64_t>(sizeof(float));
}

}  // namespace

std::string PlanText(const Net& net) {
  std::string text = "[";
  const std::vector<NetNode>& nodes = net.nodes();
  for (size_t i = 0; i < nodes.size();) {
    const Plan::Group* const group = net.plan().GroupOf(i);
    const size_t end = group == nullptr ? i + 1 : group->end;
    std::string layers, algorithms;
    int64_t bytes = 0, forward = 0, backward = 0;
    for (size_t n = i; n < end; ++n) {
      AddQuoted(nodes[n].layer->name(), layers);
      for (const auto& [pass, algorithm] : nodes[n].layer->Algorithms()) {
        AddQuoted(pass, algorithms);
        AddQuoted(algorithm, algorithms, ':');
      }
      bytes += BytesOf(nodes[n]);
      forward += nodes[n].forward_reorders;
      backward += nodes[n].backward_reorders;
    }
    if (group != nullptr) bytes += group->fusion->KeptBytes();
    std::string fusion;
    if (group != nullptr) AddQuoted(group->fusion->name(), fusion);
    text += StrCat(i == 0 ? "" : ",", "{\"layers\":[", layers,
                   "],\"fusion\":", group == nullptr ? "null" : fusion,
                   ",\"fused\":", group != nullptr && group->ran ? "true" : "false",
                   ",\"algorithms\":{", algorithms, "},\"bytes\":", bytes,
                   ",\"reorders\":{\"forward\":", forward, ",\"backward\":", backward, "}}");
    i = end;
  }
  return text + "]";
}

}  // namespace crema

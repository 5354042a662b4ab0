#include "engine/tests/layer_tester.h"

namespace crema::test {
namespace {

void AddShape(caffe::LayerParameter& param, const Shape& shape) {
  caffe::BlobShape* to = param.mutable_dummy_data_param()->add_shape();
  for (const int dim : shape) to->add_dim(dim);
}

void AddFiller(caffe::LayerParameter& param, const std::string& type, float value) {
  caffe::FillerParameter* filler = param.mutable_dummy_data_param()->add_data_filler();
  filler->set_type(type);
  filler->set_value(value);
}

TEST(DummyDataTest, IsZeroWithoutAFiller) {
  caffe::LayerParameter param = ParamOf("DummyData");
  AddShape(param, {2, 3});
  LayerTester tester(param, {}, {.tops = 2});
  tester.Forward();
  EXPECT_EQ(tester.top(1).shape(), Shape({2, 3}));
  EXPECT_EQ(Values(6, 0.0f), tester.TopData(1));
}

TEST(DummyDataTest, FillsConstantsOnceAndOthersAlways) {
  caffe::LayerParameter param = ParamOf("DummyData");
  AddShape(param, {5});
  AddShape(param, {2, 2});
  AddFiller(param, "constant", 7);
  AddFiller(param, "gaussian", 0);
  LayerTester tester(param, {}, {.tops = 2});
  tester.Forward();
  EXPECT_EQ(Values(5, 7.0f), tester.TopData(0));
  EXPECT_EQ(tester.top(1).shape(), Shape({2, 2}));
  const Values first = tester.TopData(1);
  tester.top(0).data().ReadWrite()[2] = 1;
  tester.Forward();
  EXPECT_EQ(Values({7, 7, 1, 7, 7}), tester.TopData(0));
  EXPECT_NE(first, tester.TopData(1));
}

TEST(DummyDataTest, TakesTheOldFields) {
  caffe::LayerParameter param = ParamOf("DummyData");
  caffe::DummyDataParameter* dummy = param.mutable_dummy_data_param();
  dummy->add_num(2);
  dummy->add_num(5);
  dummy->add_channels(3);
  dummy->add_height(4);
  dummy->add_width(1);
  AddFiller(param, "constant", 2);
  LayerTester tester(param, {}, {.tops = 2});
  EXPECT_EQ(tester.top(0).shape(), Shape({2, 3, 4, 1}));
  EXPECT_EQ(tester.top(1).shape(), Shape({5, 3, 4, 1}));
  EXPECT_EQ(Values(60, 2.0f), tester.TopData(1));
}

TEST(DummyDataTest, RefusesFieldsThatDoNotFit) {
  caffe::LayerParameter param = ParamOf("DummyData");
  EXPECT_NE(ErrorOf(param, {}), "");
  AddShape(param, {5});
  EXPECT_EQ(ErrorOf(param, {}), "");
  AddFiller(param, "constant", 1);
  AddFiller(param, "constant", 2);
  EXPECT_NE(ErrorOf(param, {}, {.tops = 3}), "");
  EXPECT_EQ(ErrorOf(param, {}, {.tops = 2}), "");
  param.mutable_dummy_data_param()->add_num(1);
  EXPECT_NE(ErrorOf(param, {}, {.tops = 2}), "");
}

}  // namespace
}  // namespace crema::test

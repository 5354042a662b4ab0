/**
 * What each sub-command does, for the help of `crema` itself, which so needs to load none of them. A test compares them
 * with what the commands say.
 */
export const COMMAND_DESCRIPTIONS: Readonly<Record<string, string>> = {
  train: "train a net, or fine-tune it",
  ui: "show the runs of crema train --run in the browser, as they grow",
  test: "score a trained net: the mean of each of its outputs",
  time: "measure forward and backward of a net, whole and layer by layer",
  classify: "ask a trained net what images show, or serve it",
  detect: "find objects in images and draw their boxes, or classify windows (pycaffe's detect.py)",
  export: "write a trained net as an ONNX model, which other programs and browsers run",
  features: "write what blobs hold after forward passes (Caffe's extract_features)",
  layers: "list the layer types of the engine and the library of TypeScript layers",
  check: "look for mistakes in script layers: gradients, and what they read and write",
  new: "write a layer to start from, its test, and a net that trains with it",
  lock: "write the hashes of all modules that a net's layers import to crema.lock beside it",
  compile: "pack Crema, Deno, the engine and a program into one file",
  dataset: "fetch a dataset, or make a database of images, as LMDBs or LevelDBs, which Caffe reads too",
  summary: "show a net's layers: shapes, parameters, multiply-adds, receptive fields, memory",
  draw: "draw a net as a graph of layers and blobs (pycaffe's draw_net.py)",
  import: "make a Caffe net of an ONNX model: NAME.prototxt and NAME.caffemodel",
  log: "make tables and plots of training logs, Caffe's too (parse_log.py, plot_training_log.py)",
  cache: "list and remove what is kept to be faster the next time",
  devices: "show the processor, its instruction sets, memory and the engines (caffe device_query)",
  doctor: "check what is installed and what is missing, and measure how fast this machine is",
  completions: "print a script that makes a shell complete crema's commands and options",
  weights: "show, convert and compare weights: .caffemodel, .h5, .safetensors, .npz, .onnx",
  upgrade: "rewrite a file of an older Caffe in the present form",
};

// The real tfjs-node downloads a native library when it is installed, and would be a second TensorFlow.js beside ours,
// whose tensors it does not know.
module.exports = require("@tensorflow/tfjs");

{
  # The fused kernels as a Node-API addon: one static library per instruction set, and the best is chosen at run time.
  "target_defaults": {
    "cflags": ["-O3", "-std=gnu11", "-fno-math-errno", "-ffp-contract=fast", "-Wall", "-Wextra"],
    "cflags!": ["-O2"],
    "xcode_settings": {"OTHER_CFLAGS": ["-O3", "-std=gnu11", "-fno-math-errno", "-ffp-contract=fast"]}
  },
  "targets": [
    {
      "target_name": "arl_kernels",
      "sources": ["addon.c", "threads.c"],
      "conditions": [
        ["target_arch=='x64'", {"dependencies": ["avx512", "avx2", "sse4"]}, {"dependencies": ["neon"]}]
      ]
    }
  ],
  "conditions": [
    ["target_arch=='x64'", {
      "targets": [
        {
          "target_name": "avx512", "type": "static_library", "sources": ["kernels.c"], "defines": ["SUFFIX=avx512"],
          "cflags": ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma", "-mprefer-vector-width=512"],
          "xcode_settings": {"OTHER_CFLAGS": ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma"]}
        },
        {
          "target_name": "avx2", "type": "static_library", "sources": ["kernels.c"], "defines": ["SUFFIX=avx2"],
          "cflags": ["-mavx2", "-mfma"],
          "xcode_settings": {"OTHER_CFLAGS": ["-mavx2", "-mfma"]}
        },
        {
          "target_name": "sse4", "type": "static_library", "sources": ["kernels.c"], "defines": ["SUFFIX=sse4"],
          "cflags": ["-msse4.2"],
          "xcode_settings": {"OTHER_CFLAGS": ["-msse4.2"]}
        }
      ]
    }, {
      "targets": [
        {"target_name": "neon", "type": "static_library", "sources": ["kernels.c"], "defines": ["SUFFIX=neon"]}
      ]
    }]
  ]
}

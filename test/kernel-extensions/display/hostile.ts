import fc from "fast-check";

/** Text that is out to break markup. */
export const hostile: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom(
        "<",
        ">",
        '"',
        "'",
        "&",
        "</td>",
        "<script>alert(1)</script>",
        "onload=",
        "javascript:",
        "${",
        "-->",
        "\n",
        "\0",
      ),
    )
    .map((parts) => parts.join("")),
);

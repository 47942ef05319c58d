"""Compiles every Python block in the notes given, and fails on the first that does not."""

import re
import sys

blocks = 0
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for match in re.finditer(r"^```python\n(.*?)^```$", text, re.M | re.S):
        line = text.count("\n", 0, match.start(1))
        compile("\n" * line + match.group(1), path, "exec")
        blocks += 1
print(f"{blocks} Python blocks compile")
if blocks == 0:
    sys.exit("no Python block was found: the check is broken")

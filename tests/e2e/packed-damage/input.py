# SPDX-License-Identifier: Apache-2.0
import gzip, os, sys

story = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../pcaps/story.pcap")
with open(story, "rb") as f, open(sys.argv[1], "wb") as out:
    out.write(gzip.compress(f.read())[:100000])

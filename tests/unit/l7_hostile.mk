# SPDX-License-Identifier: Apache-2.0
# All protocols, as an attacker uses them.
UNIT += l7_hostile
l7_hostile_SRC := $(L7_SRC)
l7_hostile_LIBS := $(L7_LIBS)

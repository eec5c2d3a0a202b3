# SPDX-License-Identifier: Apache-2.0
# What probe and collector say to each other.
WIRE_SRC := \
	src/wire/event.c \
	src/wire/frame.c \
	src/wire/lane.c

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Write every generated file below a folder: gen.sh GENERATOR FOLDER
set -eu
gen=$1 to=$2
mkdir -p "$to/docs" "$to/conf"
"$gen" schema >"$to/docs/event.schema.json"
"$gen" events >"$to/docs/events.md"
{
	printf '# Settings\n\nMade from the option tables by `make gen`. Every key can also be given as `--set key=value`.\n\n## wanglou-probe\n\n'
	"$gen" probe-options
	printf '\n## wanglou-collector\n\n'
	"$gen" collector-options
} >"$to/docs/settings.md"
"$gen" collector-yaml >"$to/conf/collector.yaml"
"$gen" probe-yaml >"$to/conf/probe.yaml"

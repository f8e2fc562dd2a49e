# Section size: KB of the programs that a tree with logs needs, and of what they need to run at all, their
# shared libraries and interpreter. SPDX-License-Identifier: ISC
# shellcheck shell=bash

section_size() {
	local name directory file
	for name in "${CONTENDERS[@]}"; do
		set --
		directory=$(the "$name" in)
		for file in $(the "$name" files); do
			# shellcheck disable=SC2086 # patterns
			set -- "$@" $directory/$file
		done
		[ "$(the "$name" logger)" = none ] || note "four main programs, KB" "$name" "$(kilobytes "${@:1:4}")"
		note "all that a tree needs, KB" "$name" "$(kilobytes "$@")"
		# shellcheck disable=SC2046 # words
		note "with their libraries, KB" "$name" "$(kilobytes "$@" $(libraries "$@"))"
	done
	note "all programs, KB" upkeep "$(kilobytes "$top"/build/static/bin/*)"
}

kilobytes() { stat -L -c %s "$@" | awk '{ sum += $1 } END { printf "%.1f\n", sum / 1000 }'; }

# libraries FILE...: each once. A script has none of its own, but an interpreter.
libraries() {
	local file
	for file; do
		ldd "$(readlink -f "$file")" 2>/dev/null || head -n 1 "$file" | sed -n 's/^#! *\([^ ]*\).*/=> \1/p'
	done | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p; s/^[[:space:]]*\(\/[^ ]*\).*/\1/p' | sort -u
}

# The blocks of the documents: what a reader would type or copy. In README.md a block is indented by
# four columns, in a page it stands behind .Bd -literal or .Dl; the list `blocks` has what runs each.

# blocks_of FILE: all blocks, each line as a reader sees it, each block ended by a line with a NUL.
blocks_of() {
	case $1 in
	*.md) indented "$TOP/$1" ;;
	*) literal "$TOP/$1" ;;
	esac
}

# A blank line belongs to a block if more of it follows.
indented() {
	awk '
		/^    / { printf "%s%s\n", blank, substr($0, 5); blank = ""; on = 1; next }
		on && /^$/ { blank = blank "\n"; next }
		on { print "\0"; on = 0; blank = "" }
		END { if (on) print "\0" }' "$1"
}

literal() {
	awk '
		/^\.Bd -literal/ { on = 1; next }
		/^\.Ed/ && on { print "\0"; on = 0; next }
		/^\.Dl / { print substr($0, 5); print "\0"; next }
		on' "$1" | sed 's/\\(dq/"/g; s/\\&//g; s/\\e/\\/g'
}

# block FILE LINE: the block whose first line is LINE; what follows there may be left out. Fails if
# there is none.
block() {
	local text
	while IFS= read -r -d '' text; do
		text=${text#$'\n'}
		[[ ${text%%$'\n'*} != "$2"* ]] || {
			printf '%s' "$text"
			return 0
		}
	done < <(blocks_of "$1")
	echo "$1 has no block \"$2\"" >&2
	return 1
}

# first_lines FILE: of all its blocks.
first_lines() {
	local text
	while IFS= read -r -d '' text; do
		text=${text#$'\n'}
		printf '%s\n' "${text%%$'\n'*}"
	done < <(blocks_of "$1")
}

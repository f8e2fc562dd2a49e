# Pages that show what to type and what follows. A block of theirs has a name, in a comment of the page
# in front of it (.\" case NAME); with our directories in place of /service and /etc/sv it is typed, and
# has to answer as the page says.

HERE=$BATS_TEST_TMPDIR # where service/ and sv/ are

# What waits without a limit on the page has one here, and 10 seconds are as long as a loaded machine needs.
svc() { timeout "$LIMIT" svc "$@"; }
svwait() { timeout "$((LIMIT + 5))" svwait "${@/#10000/${LIMIT}000}"; }

# begin_guide FILE: the page, and directories for its services.
begin_guide() {
	GUIDE=$TOP/$1
	cd "$HERE" || return
	mkdir -p service sv
	export SVDIR=$HERE/service
}

# cases: the names of all blocks.
cases() {
	sed -n 's/^\.\\" case //p' "$GUIDE"
}

# block NAME: as a reader sees it, but with our directories.
block() {
	awk -v mark=".\\\\\" case $1" '$0 == mark { on = 1; next }
		on && /^\.Ed/ { exit }
		on && !/^\.Bd/' "$GUIDE" | here
}

# Where the absolute paths of a page are in $HERE.
PLACES=('/service service' '/etc/sv sv')

# here: with our directories, and without the escapes of the page.
here() {
	local place
	local -a words=(-e 's/\\e/\\/g; s/^\\&//')
	for place in "${PLACES[@]}"; do
		words+=(-e "s#(^|[^A-Za-z])${place% *}#\\1\x01${place#* }#g")
	done
	sed -E "${words[@]}" -e "s#\x01#$HERE/#g"
}

# shape: numbers vary, but for one that is all of an answer; so does the width of columns.
shape() {
	sed -E '/^[0-9]+$/!s/[0-9]+(\.[0-9]+)*/0/g; s/[[:blank:]]+/ /g'
}

# has_lines WANTED FILE: those of WANTED are in FILE, in this order. One that ends in ... is the
# beginning of a line.
has_lines() {
	shape <"$1" >"$HERE/wanted.shape"
	shape <"$2" | awk 'NR == FNR { wanted[++count] = $0; next }
		at < count {
			line = wanted[at + 1]
			if (sub(/ ?\.\.\.$/, "", line) ? index($0, line) == 1 : $0 == line)
				at++
		}
		END { exit at < count }' "$HERE/wanted.shape" -
}

# What asks only, and so can be asked again until the answer is there.
ASKING='^(svwhy|svstat|svup|svlint|svlog|grep|du|pgrep|tr) '

answers() {
	if [[ $command =~ $ASKING ]]; then
		(eval "$command") >"$HERE/got" 2>&1 || true
	fi
	has_lines "$HERE/expected" "$HERE/got"
}

# type_in: $command once, which succeeds unless the page shows what it says.
type_in() {
	[ -n "$command" ] || return 0
	local code=0
	rm -f "$HERE/got" # what still runs in the background may write into the old one
	eval "$command" >"$HERE/got" 2>&1 3>&- 4>&- 5>&- || code=$?
	if [ ! -s "$HERE/expected" ]; then
		[ "$code" = 0 ] || { echo "$command: exit code $code: $(cat "$HERE/got")" >&2; return 1; }
	else
		wait_until answers || { cat "$HERE/expected" - "$HERE/got" <<<"--- instead of:" >&2; return 1; }
	fi
}

# try NAME: the commands of that block, one by one.
try() {
	local line command=""
	block "$1" >"$HERE/block"
	[ -s "$HERE/block" ]
	: >"$HERE/expected"
	while IFS= read -r line <&5; do
		if [[ $line == '$ '* ]]; then
			type_in
			command=${line#\$ }
			: >"$HERE/expected"
		else
			printf '%s\n' "$line" >>"$HERE/expected"
		fi
	done 5<"$HERE/block"
	type_in
}

# shown NAME FILE: what that block shows is in the file.
shown() {
	block "$1" >"$HERE/expected"
	[ -s "$HERE/expected" ]
	wait_until has_lines "$HERE/expected" "$2" || { cat "$HERE/expected" "$2" >&2; false; }
}

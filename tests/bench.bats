# What the benchmarks print of what they have measured: tests/bench/tables.awk. What they measure is
# asserted nowhere.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cat >goals <<-'E'
		# a comment | of the file | 1 | must
		start | 100: ms | 5 | must
		start | 1000: ms | 0.5 × best peer | reason
		start | 1000: ms / 100: ms | 1.2 | must
		stop | 100: ms | 1 | must
	E
	printf '%s\n' $'start\tnobody: 100' $'stop\tnobody: stops' >failed
	printf '%s\n' $'start\t100: ms\tupkeep\t6' $'stop\t100: ms\tupkeep\t0.5' \
		$'start\t100: ms\tupkeep\t4' $'start\t100: ms\tother\t8' $'start\t100: ms\tupkeep\t4.5' \
		$'start\t1000: ms\tupkeep\t9' $'start\t1000: ms\tother\t20' $'start\t1000: ms\tlimit\t1' >raw
}

# tables SECTION: the table of it, in ./table, and the same in ./json.
tables() {
	awk -f "$TOP/tests/bench/tables.awk" -v section="$1" -v json=json -v names="upkeep other limit" \
		goals failed raw >table
}

# row METRIC: its cells.
row() { grep -F "| $1 |" table; }

@test "a cell is the median with its ends; ratios are to the best peer and to the limit" {
	tables start
	[ "$(grep -c '^|' table)" = 5 ]
	[[ "$(row '100: ms')" == '| 100: ms | 4.50 [4..6] | 8 | - | 0.56 | - |'* ]]
	[[ "$(row '1000: ms')" == '| 1000: ms | 9 | 20 | 1 | 0.45 | 9.00 |'* ]]
	[[ "$(row '1000: ms / 100: ms')" == '| 1000: ms / 100: ms | 2 | 2.50 |'* ]]
}

@test "each goal says whether it holds; who has failed is named" {
	tables start
	[[ "$(row '100: ms')" == *'| ≤ 5 holds |' ]]
	[[ "$(row '1000: ms')" == *'| ≤ 0.5 × best peer = 10 holds |' ]]
	[[ "$(row '1000: ms / 100: ms')" == *'| ≤ 1.2 **missed** |' ]]
	grep -Fx -- '- no figure of nobody: 100' table
	run ! grep stops table
	sed -i 's/^start | 1000: ms | 0.5/start | 1000: ms | 0.4/' goals
	tables start
	[[ "$(row '1000: ms')" == *'= 8 missed, needs its reason |' ]]
	tables stop
	[ "$(grep -c '^|' table)" = 3 ]
	[[ "$(row '100: ms')" == *'| ≤ 1 holds |' ]]
}

@test "the same as JSON" {
	tables start
	perl -MJSON::PP -0777 -e 'for (@{decode_json(<>)}) {
		print join(" ", $_->{metric}, $_->{contender}, $_->{median}, @{$_->{values}}), "\n" }' json >cells
	grep -Fx '100: ms upkeep 4.5 6 4 4.5' cells
	grep -Fx '1000: ms limit 1 1' cells
	[ "$(wc -l <cells)" = 7 ]
}

@test "each goal of the benchmarks is one of a section that there is" {
	while IFS='|' read -r section metric bound kind; do
		[ -n "$kind" ]
		[[ " $(sed -n 's/^SECTIONS="\(.*\)"/\1/p' "$TOP/tests/bench/run.sh") " == *" ${section% } "* ]]
		[[ "$bound" =~ ^\ [0-9.]+(\ ×\ best\ peer)?\ $ ]]
		[[ "$kind" == " must" || "$kind" == " reason" ]]
	done < <(grep -v '^#' "$TOP/tests/bench/goals")
}

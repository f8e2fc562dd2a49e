# What tests/bench/tables.awk makes of figures; the figures themselves are of make bench.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	printf '%s\n' 'start | few: ms | 2 | must' 'start | many: ms | 0.5 × best peer | reason' \
		'start | many: ms / few: ms | 1.2 | must' 'stop | few: ms | 0 | must' >goals
	printf 'start\ts6: failed for once\nstop\trunit: elsewhere\n' >failed
	{
		measured few upkeep 3 1 2
		measured few runit 8 4
		measured many upkeep 4
		measured many runit 6
		measured many limit 1
	} >raw
}

# measured METRIC CONTENDER VALUE...
measured() {
	printf "start\t$1: ms\t$2\t%s\n" "${@:3}"
}

make_table() {
	awk -f "$TOP/tests/bench/tables.awk" -v section=start -v json=out.json -v names='upkeep runit limit' \
		goals failed raw >out
}

@test "a table has medians, ratios, and which goals hold; below it stands who failed" {
	make_table
	diff - out <<-'X'

	### start

	| | upkeep | runit | limit | to best peer | to limit | goal |
	|---|---:|---:|---:|---:|---:|---:|
	| few: ms | 2 [1..3] | 6 [4..8] | - | 0.33 | - | ≤ 2 holds |
	| many: ms | 4 | 6 | 1 | 0.67 | 4.00 | ≤ 0.5 × best peer = 3 missed, needs its reason |
	| many: ms / few: ms | 2 | 1 | - | 2.00 | - | ≤ 1.2 **missed** |

	- no figure of s6: failed for once
	X
}

@test "the same figures are JSON" {
	make_table
	perl -MJSON::PP -e 'undef $/; my $all = decode_json(<>);
		my ($first) = grep { $_->{metric} eq "few: ms" and $_->{contender} eq "upkeep" } @$all;
		print "$first->{median} $first->{least} $first->{most} @{$first->{values}}\n"' out.json >seen
	[ "$(cat seen)" = "2 1 3 3 1 2" ]
}

@test "each goal of the benchmarks is one of a section that there is" {
	while IFS='|' read -r section metric bound kind; do
		[ -n "$kind" ]
		[[ " $(sed -n 's/^SECTIONS="\(.*\)"/\1/p' "$TOP/tests/bench/run.sh") " == *" ${section% } "* ]]
		[[ "$bound" =~ ^\ [0-9.]+(\ ×\ best\ peer)?\ $ ]]
		[[ "$kind" == " must" || "$kind" == " reason" ]]
	done < <(grep -v '^#' "$TOP/tests/bench/goals")
}

# tables.awk: prints the Markdown table of one section, and writes the same as JSON. Input is the goals (see
# there), who failed (section, text), then the measurements (section, metric, contender, value). All figures
# are better when they are lower. Variables: section, names (contenders in order), json (file).
# SPDX-License-Identifier: ISC

function short(value) {
	if (value >= 100 || value == int(value))
		return sprintf("%.0f", value)
	return value >= 10 ? sprintf("%.1f", value) : value >= 1 ? sprintf("%.2f", value) : sprintf("%.3f", value)
}

# The values of one cell in order, into sorted; returns how many.
function sort_cell(key,    count, i, j, value) {
	count = split(values[key], sorted, " ")
	for (i = 2; i <= count; i++) {
		value = sorted[i] + 0
		for (j = i - 1; j > 0 && sorted[j] + 0 > value; j--)
			sorted[j + 1] = sorted[j]
		sorted[j + 1] = value
	}
	return count
}

function median(count) { return (sorted[int((count + 1) / 2)] + sorted[int(count / 2) + 1]) / 2 }

function cell(key,    count) {
	if (!(key in values))
		return "-"
	count = sort_cell(key)
	if (sorted[1] + 0 == sorted[count] + 0)
		return short(median(count))
	return short(median(count)) " [" short(sorted[1] + 0) ".." short(sorted[count] + 0) "]"
}

function is_peer(name) { return name !~ /^(upkeep|limit|cat)/ }

# The least median of the peers, -1 without any.
function best_peer(metric,    i, best, value) {
	best = -1
	for (i = 1; i <= columns; i++) {
		if (!is_peer(column[i]) || !((metric, column[i]) in values))
			continue
		value = median(sort_cell(metric SUBSEP column[i]))
		if (best < 0 || value < best)
			best = value
	}
	return best
}

function median_of(metric, name) {
	return (metric, name) in values ? median(sort_cell(metric SUBSEP name)) : -1
}

function ratio(ours, theirs) {
	return ours < 0 || theirs <= 0 ? "-" : sprintf("%.2f", ours / theirs)
}

function verdict(metric, ours,    bound, text) {
	if (!(metric in goal) || ours < 0)
		return ""
	bound = goal[metric] + 0
	text = "≤ " goal[metric]
	if (goal[metric] ~ /best peer/) {
		if (best_peer(metric) < 0)
			return ""
		bound *= best_peer(metric)
		text = text " = " short(bound)
	}
	if (ours <= bound)
		return text " holds"
	return text (strict[metric] ? " **missed**" : " missed, needs its reason")
}

function print_row(metric,    i, ours) {
	ours = median_of(metric, "upkeep")
	printf "| %s", metric
	for (i = 1; i <= columns; i++)
		printf " | %s", cell(metric SUBSEP column[i])
	printf " | %s | %s | %s |\n", ratio(ours, best_peer(metric)), ratio(ours, median_of(metric, "limit")),
		verdict(metric, ours)
}

# How a figure of large trees relates to that of small ones: a goal for "A / B" makes a row of its own.
function derive(metric,    part, i, least) {
	split(metric, part, " / ")
	for (i = 1; i <= columns; i++) {
		least = median_of(part[2], column[i])
		if (least > 0 && median_of(part[1], column[i]) >= 0) {
			values[metric, column[i]] = median_of(part[1], column[i]) / least
			known[metric]
		}
	}
	if (metric in known)
		row[++rows] = metric
}

function print_failures(    i) {
	if (failures > 0)
		print ""
	for (i = 1; i <= failures; i++)
		print "- no figure of " failure[i]
}

function print_table(    i) {
	printf "\n### %s\n\n|", section
	for (i = 1; i <= columns; i++)
		printf " | %s", column[i]
	printf " | to best peer | to limit | goal |\n|---"
	for (i = 1; i <= columns + 3; i++)
		printf "|---:"
	print "|"
	for (i = 1; i <= rows; i++)
		print_row(row[i])
}

function write_json(    i, j, count, key, separator, list) {
	printf "[" >json
	for (i = 1; i <= rows; i++)
		for (j = 1; j <= columns; j++) {
			key = row[i] SUBSEP column[j]
			if (!(key in values))
				continue
			count = sort_cell(key)
			list = values[key]
			gsub(/ /, ", ", list)
			printf "%s\n  {\"section\": \"%s\", \"metric\": \"%s\", \"contender\": \"%s\", " \
				"\"median\": %s, \"least\": %s, \"most\": %s, \"values\": [%s]}", separator,
				section, row[i], column[j], median(count), sorted[1], sorted[count], list >json
			separator = ","
		}
	print "\n]" >json
}

FILENAME ~ /goals$/ {
	if (split($0, part, / *\| */) == 4 && part[1] == section) {
		goal[part[2]] = part[3]
		strict[part[2]] = part[4] == "must"
		if (part[2] ~ / \/ /)
			derived[++ratios] = part[2]
	}
	next
}

FILENAME ~ /failed$/ {
	if (index($0, section "\t") == 1)
		failure[++failures] = substr($0, length(section) + 2)
	next
}

split($0, field, "\t") == 4 && field[1] == section {
	key = field[2] SUBSEP field[3]
	if (key in values)
		values[key] = values[key] " " field[4]
	else
		values[key] = field[4]
	if (!(field[2] in known))
		row[++rows] = field[2]
	known[field[2]]
	present[field[3]]
}

END {
	count = split(names, name, " ")
	for (i = 1; i <= count; i++)
		if (name[i] in present)
			column[++columns] = name[i]
	for (i = 1; i <= ratios; i++)
		derive(derived[i])
	if (rows > 0)
		print_table()
	print_failures()
	if (rows > 0)
		write_json()
}

package preview

// coarsest is the distance of the pictures that come first.
const coarsest = 16

// Order answers the places of n pictures, from 0, in the order in which they show most of the whole the soonest: the middle, then every
// 16th outward from there, every 8th and so on. A loop is shown from its beginning, one after the other.
func Order(n int, loop bool) []int {
	all := make([]int, 0, n)
	if loop {
		for i := range n {
			all = append(all, i)
		}
		return all
	}
	middle := n / 2
	seen := make([]bool, n)
	take := func(i int) {
		if i >= 0 && i < n && !seen[i] {
			seen[i] = true
			all = append(all, i)
		}
	}
	take(middle)
	for gap := coarsest; gap >= 1; gap /= 2 {
		for d := 0; d <= n; d += gap {
			take(middle - d)
			take(middle + d)
		}
	}
	return all
}

// The benchmark's peer in Go: prints nanoseconds per child, medians of 7 rounds.
package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sort"
	"time"

	"golang.org/x/sync/errgroup"
)

const children = 100_000

func median(run func()) float64 {
	var times []float64
	for round := 0; round < 8; round++ {
		start := time.Now()
		run()
		if round > 0 {
			times = append(times, float64(time.Since(start).Nanoseconds())/children)
		}
	}
	sort.Float64s(times)
	return times[len(times)/2]
}

func join() {
	group, _ := errgroup.WithContext(context.Background())
	for i := 0; i < children; i++ {
		group.Go(func() error {
			runtime.Gosched()
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		panic(err)
	}
}

func fail() {
	group, ctx := errgroup.WithContext(context.Background())
	for i := 0; i < children; i++ {
		group.Go(func() error {
			<-ctx.Done()
			return ctx.Err()
		})
	}
	group.Go(func() error {
		runtime.Gosched()
		return errors.New("failed")
	})
	if group.Wait() == nil {
		panic("nobody failed")
	}
}

func main() {
	fmt.Printf("join %.1f\n", median(join))
	fmt.Printf("fail %.1f\n", median(fail))
}

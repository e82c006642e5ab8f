package local

import (
	"context"

	"github.com/modelfactory/modelfactory/training/protocol"
)

// Coalitions trains the adapters of some of a run's contributors. Each is told
// to events when it is safe on disk; a job that ends early keeps those.
func (r *Runtime) Coalitions(ctx context.Context, job protocol.CoalitionJob, events func(protocol.Event)) (protocol.CoalitionResult, error) {
	res, err := r.once(ctx, protocol.Request{Job: protocol.JobCoalition, Coalition: &job}, false, events)
	if err != nil {
		return protocol.CoalitionResult{}, err
	}
	if res.Coalition == nil {
		return protocol.CoalitionResult{}, noResult(protocol.JobCoalition)
	}
	return *res.Coalition, nil
}

// Score measures given answers under a base and adapters on it.
func (r *Runtime) Score(ctx context.Context, job protocol.ScoreJob, events func(protocol.Event)) (protocol.ScoreResult, error) {
	res, err := r.once(ctx, protocol.Request{Job: protocol.JobScore, Score: &job}, false, events)
	if err != nil {
		return protocol.ScoreResult{}, err
	}
	if res.Score == nil {
		return protocol.ScoreResult{}, noResult(protocol.JobScore)
	}
	return *res.Score, nil
}

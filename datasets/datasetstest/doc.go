// Package datasetstest makes data for tests and demos: facts drawn from a seed
// that no base model can know, with held-out questions that share no five
// words in a row with the training rows. What a model answers right after
// training on them it can only have learnt from them.
//
// Start at [Draw]. The package writes plain files in a format that
// datasets.Library.Import detects; it knows nothing else of the product.
package datasetstest

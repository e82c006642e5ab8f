package contracts

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/ethclient/simulated"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/modelfactory/modelfactory/chain/bindings/datanets"
	"github.com/modelfactory/modelfactory/chain/bindings/licences"
	"github.com/modelfactory/modelfactory/chain/bindings/modelregistry"
)

// world is the three contracts on a chain of go-ethereum's, which is not the EVM that forge tests on.
type world struct {
	t         *testing.T
	chain     *simulated.Backend
	keys      map[common.Address]*ecdsa.PrivateKey
	owner     common.Address
	buyer     common.Address
	nets      *datanets.DataNets
	licences  *licences.Licences
	models    *modelregistry.ModelRegistry
	atNets    common.Address
	atLicence common.Address
	atModels  common.Address
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		t:        t,
		keys:     make(map[common.Address]*ecdsa.PrivateKey),
		nets:     datanets.NewDataNets(),
		licences: licences.NewLicences(),
		models:   modelregistry.NewModelRegistry(),
	}
	alloc := make(types.GenesisAlloc)
	for i, at := range []*common.Address{&w.owner, &w.buyer} {
		secret := sha256.Sum256([]byte{byte(i)})
		key, err := crypto.ToECDSA(secret[:])
		if err != nil {
			t.Fatal(err)
		}
		*at = crypto.PubkeyToAddress(key.PublicKey)
		w.keys[*at] = key
		alloc[*at] = types.Account{Balance: new(big.Int).Mul(big.NewInt(1000), big.NewInt(params.Ether))}
	}
	// The rules that the contracts are compiled for, and no later ones.
	rules := *params.AllDevChainProtocolChanges
	rules.OsakaTime, rules.BogotaTime = nil, nil
	w.chain = simulated.NewBackend(alloc, func(_ *node.Config, conf *ethconfig.Config) {
		conf.Genesis.Config = &rules
	})
	t.Cleanup(func() { w.chain.Close() })

	w.atNets = w.deploy(DataNets, nil)
	w.atLicence = w.deploy(Licences, w.licences.PackConstructor(w.atNets))
	w.atModels = w.deploy(ModelRegistry, nil)
	return w
}

func (w *world) deploy(name string, input []byte) common.Address {
	w.t.Helper()
	c, err := Artifact(name)
	if err != nil {
		w.t.Fatal(err)
	}
	at, tx, err := bind.DeployContract(w.signer(w.owner, nil), c.Creation, w.chain.Client(), input)
	if err != nil {
		w.t.Fatal(err)
	}
	w.mine(tx)
	code, err := w.chain.Client().CodeAt(context.Background(), at, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if name != Licences && string(code) != string(c.Runtime) { // Licences has an immutable
		w.t.Errorf("%s: the code on the chain is not the artefact's run-time code", name)
	}
	return at
}

func (w *world) signer(from common.Address, value *big.Int) *bind.TransactOpts {
	opts := bind.NewKeyedTransactor(w.keys[from], big.NewInt(1337))
	opts.Value = value
	return opts
}

func (w *world) mine(tx *types.Transaction) *types.Receipt {
	w.t.Helper()
	w.chain.Commit()
	receipt, err := w.chain.Client().TransactionReceipt(context.Background(), tx.Hash())
	if err != nil {
		w.t.Fatal(err)
	}
	if receipt.Status != types.ReceiptStatusSuccessful {
		w.t.Fatalf("transaction %s failed", tx.Hash())
	}
	return receipt
}

// send makes, mines and returns one transaction.
func (w *world) send(from, to common.Address, value *big.Int, data []byte) *types.Receipt {
	w.t.Helper()
	contract := bind.NewBoundContract(to, w.nets.GetABI(), w.chain.Client(), w.chain.Client(), w.chain.Client())
	tx, err := bind.Transact(contract, w.signer(from, value), data)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.mine(tx)
}

// call reads; it returns the answer or the data of the revert.
func (w *world) call(from, to common.Address, data []byte) (answer, revert []byte) {
	w.t.Helper()
	contract := bind.NewBoundContract(to, w.nets.GetABI(), w.chain.Client(), w.chain.Client(), w.chain.Client())
	answer, err := contract.CallRaw(&bind.CallOpts{From: from}, data)
	if err == nil {
		return answer, nil
	}
	var withData rpc.DataError
	if !errors.As(err, &withData) {
		w.t.Fatalf("a call failed without a reason: %v", err)
	}
	text, _ := withData.ErrorData().(string)
	return nil, common.FromHex(text)
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func word(text string) [32]byte { return sha256.Sum256([]byte(text)) }

func priced() datanets.Terms {
	return datanets.Terms{
		Train: true, Serve: true, Commercial: true, NameIt: true,
		Price: big.NewInt(5 * params.Ether), DurationDays: 30, RevenuePpm: 100_000,
	}
}

// The whole life of a licence and of a model by the bindings, each fact read back from the record and
// from the event.
func TestContractsOnGoEthereum(t *testing.T) {
	w := newWorld(t)
	terms := priced()

	receipt := w.send(w.owner, w.atNets, nil, w.nets.PackCreateNet(word("about"), terms, []common.Address{w.buyer}))
	made := must[*datanets.DataNetsNetCreated](t)(w.nets.UnpackNetCreatedEvent(receipt.Logs[0]))
	if made.NetId != 1 || made.Owner != w.owner || made.Metadata != word("about") || made.Terms.Price.Cmp(terms.Price) != 0 {
		t.Errorf("NetCreated says %+v", made)
	}
	answer, _ := w.call(w.owner, w.atNets, w.nets.PackDigestOf(terms))
	digest := must[[32]byte](t)(w.nets.UnpackDigestOf(answer))
	if made.TermsDigest != digest {
		t.Errorf("the event names terms %x, digestOf says %x", made.TermsDigest, digest)
	}
	if want := termsDigest(t, terms); digest != want {
		t.Errorf("digestOf gives %x, keccak256 of ten words is %x", digest, want)
	}

	receipt = w.send(w.buyer, w.atNets, nil, w.nets.PackPublishVersion(1, word("root"), word("version 1"), 48))
	published := must[*datanets.DataNetsVersionPublished](t)(w.nets.UnpackVersionPublishedEvent(receipt.Logs[0]))
	if published.Number != 1 || published.Publisher != w.buyer || published.Rows != 48 || published.TermsDigest != digest {
		t.Errorf("VersionPublished says %+v", published)
	}

	covers := func() bool {
		answer, _ := w.call(w.buyer, w.atLicence, w.licences.PackCovers(w.buyer, 1, 1))
		return must[bool](t)(w.licences.UnpackCovers(answer))
	}
	if covers() {
		t.Error("a priced version is covered before anything was bought")
	}
	receipt = w.send(w.buyer, w.atLicence, terms.Price, w.licences.PackBuy(1, digest))
	bought := must[*licences.LicencesLicenceBought](t)(w.licences.UnpackLicenceBoughtEvent(receipt.Logs[0]))
	block, err := w.chain.Client().HeaderByNumber(context.Background(), receipt.BlockNumber)
	if err != nil {
		t.Fatal(err)
	}
	if bought.Seller != w.owner || bought.Price.Cmp(terms.Price) != 0 || bought.Until != block.Time+30*86400 {
		t.Errorf("LicenceBought says %+v at %d", bought, block.Time)
	}
	if !covers() {
		t.Error("a bought licence does not cover")
	}
	if err := w.chain.AdjustTime(31 * 24 * time.Hour); err != nil {
		t.Fatal(err)
	}
	w.chain.Commit()
	if covers() {
		t.Error("a licence covers a day after its end")
	}

	_, revert := w.call(w.buyer, w.atLicence, w.licences.PackBuy(1, digest))
	why := must[any](t)(w.licences.UnpackError(revert))
	if wrong, is := why.(*licences.LicencesWrongValue); !is || wrong.Price.Cmp(terms.Price) != 0 || wrong.Sent.Sign() != 0 {
		t.Errorf("buying for nothing says %T %+v", why, why)
	}

	before := must[*big.Int](t)(w.chain.Client().BalanceAt(context.Background(), common.HexToAddress("0xba4c"), nil))
	w.send(w.owner, w.atLicence, nil, w.licences.PackWithdraw(common.HexToAddress("0xba4c")))
	after := must[*big.Int](t)(w.chain.Client().BalanceAt(context.Background(), common.HexToAddress("0xba4c"), nil))
	if got := new(big.Int).Sub(after, before); got.Cmp(terms.Price) != 0 {
		t.Errorf("the owner drew %s wei, want %s", got, terms.Price)
	}

	w.send(w.owner, w.atModels, nil, w.models.PackRegister(word("base model"), nil, 0, [32]byte{}))
	receipt = w.send(w.owner, w.atModels, nil, w.models.PackRegister(word("child"), []uint64{1}, 1, digest))
	registered := must[*modelregistry.ModelRegistryModelRegistered](t)(w.models.UnpackModelRegisteredEvent(receipt.Logs[0]))
	if registered.Id != 2 || registered.Owner != w.owner || registered.Manifest != word("child") ||
		len(registered.Parents) != 1 || registered.Parents[0] != 1 || registered.Supersedes != 1 || registered.Terms != digest {
		t.Errorf("ModelRegistered says %+v", registered)
	}
	answer, _ = w.call(w.buyer, w.atModels, w.models.PackModelByManifest(w.owner, word("child")))
	found := must[modelregistry.ModelByManifestOutput](t)(w.models.UnpackModelByManifest(answer))
	if found.Id != 2 || found.Found.Manifest != word("child") || found.Found.Parents[0] != 1 || found.Found.Supersedes != 1 {
		t.Errorf("modelByManifest says %+v", found)
	}
	_, revert = w.call(w.owner, w.atModels, w.models.PackRegister(word("child"), nil, 0, [32]byte{}))
	why = must[any](t)(w.models.UnpackError(revert))
	if twice, is := why.(*modelregistry.ModelRegistryAlreadyRegistered); !is || twice.Id != 2 {
		t.Errorf("registering twice says %T %+v", why, why)
	}
}

// termsDigest is the digest of terms computed without the contract: ten words, hashed.
func termsDigest(t *testing.T, terms datanets.Terms) [32]byte {
	t.Helper()
	var words []byte
	for _, on := range []bool{terms.Train, terms.Serve, terms.Commercial, terms.Derivatives, terms.ShareAlike, terms.NameIt, terms.PassOn} {
		var b [32]byte
		if on {
			b[31] = 1
		}
		words = append(words, b[:]...)
	}
	for _, n := range []*big.Int{terms.Price, big.NewInt(int64(terms.DurationDays)), big.NewInt(int64(terms.RevenuePpm))} {
		words = append(words, common.LeftPadBytes(n.Bytes(), 32)...)
	}
	return crypto.Keccak256Hash(words)
}

// What each act costs in gas, the base of 21,000 included. A change of more than two per cent either
// way must be meant: change the table with the contract.
func TestGas(t *testing.T) {
	w := newWorld(t)
	terms := priced()
	measure := func(act string, want uint64, receipt *types.Receipt) {
		t.Logf("%-34s %7d gas", act, receipt.GasUsed)
		if got := receipt.GasUsed * 100; got > want*102 || got < want*98 {
			t.Errorf("%s costs %d gas, the table says %d", act, receipt.GasUsed, want)
		}
	}

	receipt := w.send(w.owner, w.atNets, nil, w.nets.PackCreateNet(word("a"), terms, nil))
	made := must[*datanets.DataNetsNetCreated](t)(w.nets.UnpackNetCreatedEvent(receipt.Logs[0]))
	digest := made.TermsDigest
	measure("first net, new terms", 149_651, receipt)
	measure("net on known terms", 112_615, w.send(w.owner, w.atNets, nil, w.nets.PackCreateNet(word("b"), terms, nil)))
	measure("publish a version", 147_916, w.send(w.owner, w.atNets, nil, w.nets.PackPublishVersion(1, word("r"), word("d"), 1000)))
	measure("contribute, first of a net", 49_808, w.send(w.buyer, w.atNets, nil, w.nets.PackContribute(1, word("c"), 1000)))
	measure("contribute again", 32_708, w.send(w.buyer, w.atNets, nil, w.nets.PackContribute(1, word("c"), 1000)))
	measure("buy, first sale of an owner", 105_161, w.send(w.buyer, w.atLicence, terms.Price, w.licences.PackBuy(1, digest)))
	measure("buy again", 53_857, w.send(w.buyer, w.atLicence, terms.Price, w.licences.PackBuy(1, digest)))
	measure("buy, first of a buyer", 88_061, w.send(w.owner, w.atLicence, terms.Price, w.licences.PackBuy(1, digest)))
	measure("withdraw to a known account", 33_563, w.send(w.owner, w.atLicence, nil, w.licences.PackWithdraw(w.buyer)))
	none := [32]byte{}
	w.send(w.owner, w.atModels, nil, w.models.PackRegister(word("1"), nil, 0, none))
	measure("register, no parents, no terms", 98_408, w.send(w.owner, w.atModels, nil, w.models.PackRegister(word("2"), nil, 0, none)))
	measure("register, no parents", 120_907, w.send(w.owner, w.atModels, nil, w.models.PackRegister(word("3"), nil, 0, digest)))
	measure("register, two parents", 145_515, w.send(w.owner, w.atModels, nil, w.models.PackRegister(word("4"), []uint64{1, 2}, 0, digest)))
	measure("register, two parents, no terms", 123_016, w.send(w.owner, w.atModels, nil, w.models.PackRegister(word("5"), []uint64{1, 2}, 0, none)))
	measure("withdraw a model", 49_565, w.send(w.owner, w.atModels, nil, w.models.PackWithdraw(1, "wrong file")))
}

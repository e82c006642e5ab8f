// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package datanets

import (
	"bytes"
	"errors"
	"math/big"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Reference imports to suppress errors if they are not otherwise used.
var (
	_ = bytes.Equal
	_ = errors.New
	_ = big.NewInt
	_ = common.Big1
	_ = types.BloomLookup
	_ = abi.ConvertType
)

// Net is an auto generated low-level Go binding around an user-defined struct.
type Net struct {
	Owner    common.Address
	Created  uint64
	Versions uint32
	Metadata [32]byte
	Terms    [32]byte
}

// Terms is an auto generated low-level Go binding around an user-defined struct.
type Terms struct {
	Train        bool
	Serve        bool
	Commercial   bool
	Derivatives  bool
	ShareAlike   bool
	NameIt       bool
	PassOn       bool
	Price        *big.Int
	DurationDays uint32
	RevenuePpm   uint32
}

// Version is an auto generated low-level Go binding around an user-defined struct.
type Version struct {
	Root      [32]byte
	Digest    [32]byte
	Terms     [32]byte
	Rows      uint64
	Published uint64
	Publisher common.Address
}

// DataNetsMetaData contains all meta data concerning the DataNets contract.
var DataNetsMetaData = bind.MetaData{
	ABI: "[{\"type\":\"function\",\"name\":\"contribute\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"root\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"rows\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"outputs\":[{\"name\":\"contributionId\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"contributionCount\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"outputs\":[{\"name\":\"\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"createNet\",\"inputs\":[{\"name\":\"metadata\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"terms\",\"type\":\"tuple\",\"internalType\":\"structTerms\",\"components\":[{\"name\":\"train\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"serve\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"commercial\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"derivatives\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"shareAlike\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"nameIt\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"passOn\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"price\",\"type\":\"uint128\",\"internalType\":\"uint128\"},{\"name\":\"durationDays\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"revenuePpm\",\"type\":\"uint32\",\"internalType\":\"uint32\"}]},{\"name\":\"curators\",\"type\":\"address[]\",\"internalType\":\"address[]\"}],\"outputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"digestOf\",\"inputs\":[{\"name\":\"given\",\"type\":\"tuple\",\"internalType\":\"structTerms\",\"components\":[{\"name\":\"train\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"serve\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"commercial\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"derivatives\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"shareAlike\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"nameIt\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"passOn\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"price\",\"type\":\"uint128\",\"internalType\":\"uint128\"},{\"name\":\"durationDays\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"revenuePpm\",\"type\":\"uint32\",\"internalType\":\"uint32\"}]}],\"outputs\":[{\"name\":\"\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}],\"stateMutability\":\"pure\"},{\"type\":\"function\",\"name\":\"holdsRow\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"number\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"row\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"contributor\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"byteLength\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"proof\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"}],\"outputs\":[{\"name\":\"\",\"type\":\"bool\",\"internalType\":\"bool\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"isCurator\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"account\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[{\"name\":\"\",\"type\":\"bool\",\"internalType\":\"bool\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"net\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"outputs\":[{\"name\":\"\",\"type\":\"tuple\",\"internalType\":\"structNet\",\"components\":[{\"name\":\"owner\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"created\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"versions\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"metadata\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"terms\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}]}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"netCount\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"offer\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"outputs\":[{\"name\":\"owner\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"digest\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"inForce\",\"type\":\"tuple\",\"internalType\":\"structTerms\",\"components\":[{\"name\":\"train\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"serve\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"commercial\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"derivatives\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"shareAlike\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"nameIt\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"passOn\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"price\",\"type\":\"uint128\",\"internalType\":\"uint128\"},{\"name\":\"durationDays\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"revenuePpm\",\"type\":\"uint32\",\"internalType\":\"uint32\"}]}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"publishVersion\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"root\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"digest\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"rows\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"outputs\":[{\"name\":\"number\",\"type\":\"uint32\",\"internalType\":\"uint32\"}],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"setCurator\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"curator\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"allowed\",\"type\":\"bool\",\"internalType\":\"bool\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"setTerms\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"terms\",\"type\":\"tuple\",\"internalType\":\"structTerms\",\"components\":[{\"name\":\"train\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"serve\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"commercial\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"derivatives\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"shareAlike\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"nameIt\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"passOn\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"price\",\"type\":\"uint128\",\"internalType\":\"uint128\"},{\"name\":\"durationDays\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"revenuePpm\",\"type\":\"uint32\",\"internalType\":\"uint32\"}]}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"termsOf\",\"inputs\":[{\"name\":\"digest\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}],\"outputs\":[{\"name\":\"\",\"type\":\"tuple\",\"internalType\":\"structTerms\",\"components\":[{\"name\":\"train\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"serve\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"commercial\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"derivatives\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"shareAlike\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"nameIt\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"passOn\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"price\",\"type\":\"uint128\",\"internalType\":\"uint128\"},{\"name\":\"durationDays\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"revenuePpm\",\"type\":\"uint32\",\"internalType\":\"uint32\"}]}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"version\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"number\",\"type\":\"uint32\",\"internalType\":\"uint32\"}],\"outputs\":[{\"name\":\"\",\"type\":\"tuple\",\"internalType\":\"structVersion\",\"components\":[{\"name\":\"root\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"digest\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"terms\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"rows\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"published\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"publisher\",\"type\":\"address\",\"internalType\":\"address\"}]}],\"stateMutability\":\"view\"},{\"type\":\"event\",\"name\":\"ContributionCommitted\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"indexed\":true,\"internalType\":\"uint64\"},{\"name\":\"contributionId\",\"type\":\"uint64\",\"indexed\":true,\"internalType\":\"uint64\"},{\"name\":\"contributor\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"root\",\"type\":\"bytes32\",\"indexed\":false,\"internalType\":\"bytes32\"},{\"name\":\"rows\",\"type\":\"uint64\",\"indexed\":false,\"internalType\":\"uint64\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"CuratorSet\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"indexed\":true,\"internalType\":\"uint64\"},{\"name\":\"curator\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"allowed\",\"type\":\"bool\",\"indexed\":false,\"internalType\":\"bool\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"NetCreated\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"indexed\":true,\"internalType\":\"uint64\"},{\"name\":\"owner\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"metadata\",\"type\":\"bytes32\",\"indexed\":true,\"internalType\":\"bytes32\"},{\"name\":\"termsDigest\",\"type\":\"bytes32\",\"indexed\":false,\"internalType\":\"bytes32\"},{\"name\":\"terms\",\"type\":\"tuple\",\"indexed\":false,\"internalType\":\"structTerms\",\"components\":[{\"name\":\"train\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"serve\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"commercial\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"derivatives\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"shareAlike\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"nameIt\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"passOn\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"price\",\"type\":\"uint128\",\"internalType\":\"uint128\"},{\"name\":\"durationDays\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"revenuePpm\",\"type\":\"uint32\",\"internalType\":\"uint32\"}]}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"TermsChanged\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"indexed\":true,\"internalType\":\"uint64\"},{\"name\":\"termsDigest\",\"type\":\"bytes32\",\"indexed\":true,\"internalType\":\"bytes32\"},{\"name\":\"terms\",\"type\":\"tuple\",\"indexed\":false,\"internalType\":\"structTerms\",\"components\":[{\"name\":\"train\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"serve\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"commercial\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"derivatives\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"shareAlike\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"nameIt\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"passOn\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"price\",\"type\":\"uint128\",\"internalType\":\"uint128\"},{\"name\":\"durationDays\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"revenuePpm\",\"type\":\"uint32\",\"internalType\":\"uint32\"}]}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"VersionPublished\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"indexed\":true,\"internalType\":\"uint64\"},{\"name\":\"number\",\"type\":\"uint32\",\"indexed\":true,\"internalType\":\"uint32\"},{\"name\":\"publisher\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"root\",\"type\":\"bytes32\",\"indexed\":false,\"internalType\":\"bytes32\"},{\"name\":\"digest\",\"type\":\"bytes32\",\"indexed\":false,\"internalType\":\"bytes32\"},{\"name\":\"termsDigest\",\"type\":\"bytes32\",\"indexed\":false,\"internalType\":\"bytes32\"},{\"name\":\"rows\",\"type\":\"uint64\",\"indexed\":false,\"internalType\":\"uint64\"}],\"anonymous\":false},{\"type\":\"error\",\"name\":\"EmptyDigest\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"NoRows\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"NotCurator\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"caller\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"NotOwner\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"caller\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"PriceWithoutPeriod\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"PriceWithoutTraining\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"RevenueAboveWhole\",\"inputs\":[{\"name\":\"revenuePpm\",\"type\":\"uint32\",\"internalType\":\"uint32\"}]},{\"type\":\"error\",\"name\":\"SameTerms\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"termsDigest\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}]},{\"type\":\"error\",\"name\":\"SameVersion\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"number\",\"type\":\"uint32\",\"internalType\":\"uint32\"}]},{\"type\":\"error\",\"name\":\"UnknownNet\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"}]},{\"type\":\"error\",\"name\":\"UnknownTerms\",\"inputs\":[{\"name\":\"termsDigest\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}]},{\"type\":\"error\",\"name\":\"UnknownVersion\",\"inputs\":[{\"name\":\"netId\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"number\",\"type\":\"uint32\",\"internalType\":\"uint32\"}]}]",
	ID:  "DataNets",
	Bin: "0x6080604052348015600e575f5ffd5b50611ad78061001c5f395ff3fe608060405234801561000f575f5ffd5b50600436106100e5575f3560e01c806371c2de9211610088578063ae1cb0ba11610063578063ae1cb0ba146102df578063b8afe62214610307578063be5170c01461031a578063f9e1f1511461033a575f5ffd5b806371c2de9214610298578063949af37e146102ab5780639e6d2518146102cc575f5ffd5b80633a3bff77116100c35780633a3bff77146101f45780633d6dc1581461021e5780636291d5061461025b5780636f87f40e14610283575f5ffd5b80630529e875146100e957806307031ab01461015a57806333f27629146101d2575b5f5ffd5b6100fc6100f736600461120e565b61034d565b604051610151919081516001600160a01b031681526020808301516001600160401b03169082015260408083015163ffffffff1690820152606080830151908201526080918201519181019190915260a00190565b60405180910390f35b61016d610168366004611243565b6103dc565b60405161015191905f60c0820190508251825260208301516020830152604083015160408301526001600160401b0360608401511660608301526001600160401b03608084015116608083015260018060a01b0360a08401511660a083015292915050565b6101e56101e036600461120e565b6104da565b60405161015193929190611344565b5f54610206906001600160401b031681565b6040516001600160401b039091168152602001610151565b61024b61022c36600461137f565b600460209081525f928352604080842090915290825290205460ff1681565b6040519015158152602001610151565b61026e6102693660046113b0565b6105d3565b60405163ffffffff9091168152602001610151565b610296610291366004611404565b610903565b005b61024b6102a6366004611475565b6109c7565b6102be6102b93660046114f9565b610aa0565b604051908152602001610151565b6102966102da36600461152c565b610ab8565b6102066102ed36600461120e565b60056020525f90815260409020546001600160401b031681565b610206610315366004611570565b610ad1565b61032d6103283660046115a9565b610be1565b60405161015191906115c0565b6102066103483660046115cf565b610ce4565b6040805160a0810182525f8082526020820181905291810182905260608101829052608081019190915261038082610ee0565b6040805160a08101825282546001600160a01b0381168252600160a01b81046001600160401b03166020830152600160e01b900463ffffffff169181019190915260018201546060820152600290910154608082015292915050565b6040805160c0810182525f80825260208201819052918101829052606081018290526080810182905260a08101919091526001600160401b038084165f90815260026020818152604080842063ffffffff88168552825292839020835160c081018552815480825260018301549382019390935292810154938301939093526003830154808516606084015268010000000000000000900490931660808201526004909101546001600160a01b031660a082015290849084906104ce57604051632b79b1d360e11b81526001600160401b03909216600483015263ffffffff1660248201526044015b60405180910390fd5b50909150505b92915050565b5f5f6104e46111a0565b5f6104ee85610ee0565b600281015490545f82815260036020908152604091829020825161014081018452905460ff80821615158352610100808304821615159484019490945262010000820481161515948301949094526301000000810484161515606083015264010000000081048416151560808301526501000000000081048416151560a083015266010000000000008104909316151560c08201526001600160801b03600160381b84041660e082015263ffffffff600160b81b8404811692820192909252600160d81b909204166101208201526001600160a01b0390911697919650945092505050565b5f5f6105de86610ee0565b80549091506001600160a01b031633148061061b57506001600160401b0386165f90815260046020908152604080832033845290915290205460ff165b8633909161065657604051631ce7062760e21b81526001600160401b0390921660048301526001600160a01b031660248201526044016104c5565b5050841580159061066657508315155b610683576040516373ca609760e01b815260040160405180910390fd5b826001600160401b03165f036106ac5760405163b2666ad560e01b815260040160405180910390fd5b80546001600160401b0387165f908152600260209081526040808320600160e01b90940463ffffffff168084529390915290206001015487908290870361071d57604051637da1160b60e01b81526001600160401b03909216600483015263ffffffff1660248201526044016104c5565b5061072b905081600161163b565b92505f8260020154905083835f01601c6101000a81548163ffffffff021916908363ffffffff1602179055506040518060c00160405280888152602001878152602001828152602001866001600160401b03168152602001426001600160401b03168152602001336001600160a01b031681525060025f8a6001600160401b03166001600160401b031681526020019081526020015f205f8663ffffffff1663ffffffff1681526020019081526020015f205f820151815f015560208201518160010155604082015181600201556060820151816003015f6101000a8154816001600160401b0302191690836001600160401b0316021790555060808201518160030160086101000a8154816001600160401b0302191690836001600160401b0316021790555060a0820151816004015f6101000a8154816001600160a01b0302191690836001600160a01b03160217905550905050336001600160a01b03168463ffffffff16896001600160401b03167fd4213b9672e88d86f580f9fb98fbf450436b70927a17dfa80633680a7de36bee8a8a868b6040516108f09493929190938452602084019290925260408301526001600160401b0316606082015260800190565b60405180910390a4505050949350505050565b61090c82610f33565b5f61091682610f83565b6001600160401b0384165f9081526001602052604090206002015490915083908290810361096857604051631e6819a560e11b81526001600160401b03909216600483015260248201526044016104c5565b50506001600160401b0383165f8181526001602052604090819020600201839055518291907f93fc1260d889de8574550bcc8243df16037a71b6462a966a7511ba1d942ccba7906109ba90869061174d565b60405180910390a3505050565b6001600160401b0387165f90815260026020908152604080832063ffffffff8a168452909152812054888882610a2757604051632b79b1d360e11b81526001600160401b03909216600483015263ffffffff1660248201526044016104c5565b505060408051602081018990526001600160a01b03881691810191909152606081018690525f9060800160408051601f1981840301815282825280516020918201209083015201604051602081830303815290604052805190602001209050610a9285858484610fd1565b9a9950505050505050505050565b5f6104d4610ab336849003840184611791565b610fea565b610ac183610f33565b610acc838383611019565b505050565b5f610adb84610ee0565b505f839003610afd576040516373ca609760e01b815260040160405180910390fd5b816001600160401b03165f03610b265760405163b2666ad560e01b815260040160405180910390fd5b6001600160401b038085165f90815260056020526040812080549092610b4c911661185b565b91906101000a8154816001600160401b0302191690836001600160401b0316021790559050336001600160a01b0316816001600160401b0316856001600160401b03167fa762a690cc8be22064c57b8d10f33b3c0d320db30d103f50f924ea6d86b06c078686604051610bd29291909182526001600160401b0316602082015260400190565b60405180910390a49392505050565b610be96111a0565b5f82815260036020908152604091829020825161014081018452905460ff80821615158352610100808304821615159484019490945262010000820481161515948301949094526301000000810484161515606083015264010000000081048416151560808301526501000000000081048416151560a083015266010000000000008104909316151560c08201526001600160801b03600160381b84041660e082015263ffffffff600160b81b8404811692820192909252600160d81b9092041661012082015282610cba82610fea565b148390610cdd57604051632bc0664b60e01b81526004016104c591815260200190565b5092915050565b5f848103610d05576040516373ca609760e01b815260040160405180910390fd5b5f610d0f85610f83565b5f8054919250908190610d2a906001600160401b031661185b565b91906101000a8154816001600160401b0302191690836001600160401b03160217905591506040518060a00160405280336001600160a01b03168152602001426001600160401b031681526020015f63ffffffff1681526020018781526020018281525060015f846001600160401b03166001600160401b031681526020019081526020015f205f820151815f015f6101000a8154816001600160a01b0302191690836001600160a01b031602179055506020820151815f0160146101000a8154816001600160401b0302191690836001600160401b031602179055506040820151815f01601c6101000a81548163ffffffff021916908363ffffffff160217905550606082015181600101556080820151816002015590505085336001600160a01b0316836001600160401b03167f153f3ce2762d209c0ddf33db2f74976b652a45f9729950c4ee0c7929092b4c428489604051610e8a929190611885565b60405180910390a45f5b83811015610ed657610ece83868684818110610eb257610eb261189a565b9050602002016020810190610ec791906118ae565b6001611019565b600101610e94565b5050949350505050565b6001600160401b0381165f908152600160205260409020805482906001600160a01b0316610f2d57604051630c1323cd60e41b81526001600160401b0390911660048201526024016104c5565b50919050565b610f3c81610ee0565b54819033906001600160a01b03168114610acc57604051634b9d219f60e01b81526001600160401b0390921660048301526001600160a01b031660248201526044016104c5565b5f610f9b610f9636849003840184611791565b611086565b610fad610ab336849003840184611791565b5f8181526003602052604090209091508290610fc982826118eb565b905050919050565b5f82610fde868685611134565b1490505b949350505050565b5f81604051602001610ffc91906115c0565b604051602081830303815290604052805190602001209050919050565b6001600160401b0383165f8181526004602090815260408083206001600160a01b03871680855290835292819020805460ff191686151590811790915590519081529192917fca5bb1fc73e391dfeeba745ed013fd843b054efc7f3030dcb9a8c8a77d31f19091016109ba565b610120810151620f424063ffffffff821611156110bf5760405163a248d3cd60e01b815263ffffffff90911660048201526024016104c5565b5061010081015160e08201516001600160801b03161563ffffffff90911615146110fc5760405163081691fd60e31b815260040160405180910390fd5b60e08101516001600160801b03161580611114575080515b61113157604051630fafef8960e21b815260040160405180910390fd5b50565b5f81815b8481101561116c57611162828787848181106111565761115661189a565b90506020020135611177565b9150600101611138565b5090505b9392505050565b5f818310611191575f828152602084905260409020611170565b505f9182526020526040902090565b60408051610140810182525f80825260208201819052918101829052606081018290526080810182905260a0810182905260c0810182905260e08101829052610100810182905261012081019190915290565b80356001600160401b0381168114611209575f5ffd5b919050565b5f6020828403121561121e575f5ffd5b611170826111f3565b63ffffffff81168114611131575f5ffd5b803561120981611227565b5f5f60408385031215611254575f5ffd5b61125d836111f3565b9150602083013561126d81611227565b809150509250929050565b8051151582526020810151611291602084018215159052565b5060408101516112a5604084018215159052565b5060608101516112b9606084018215159052565b5060808101516112cd608084018215159052565b5060a08101516112e160a084018215159052565b5060c08101516112f560c084018215159052565b5060e081015161131060e08401826001600160801b03169052565b5061010081015161132a61010084018263ffffffff169052565b50610120810151610acc61012084018263ffffffff169052565b6001600160a01b0384168152602081018390526101808101610fe26040830184611278565b80356001600160a01b0381168114611209575f5ffd5b5f5f60408385031215611390575f5ffd5b611399836111f3565b91506113a760208401611369565b90509250929050565b5f5f5f5f608085870312156113c3575f5ffd5b6113cc856111f3565b935060208501359250604085013591506113e8606086016111f3565b905092959194509250565b5f6101408284031215610f2d575f5ffd5b5f5f6101608385031215611416575f5ffd5b61141f836111f3565b91506113a784602085016113f3565b5f5f83601f84011261143e575f5ffd5b5081356001600160401b03811115611454575f5ffd5b6020830191508360208260051b850101111561146e575f5ffd5b9250929050565b5f5f5f5f5f5f5f60c0888a03121561148b575f5ffd5b611494886111f3565b965060208801356114a481611227565b9550604088013594506114b960608901611369565b93506080880135925060a08801356001600160401b038111156114da575f5ffd5b6114e68a828b0161142e565b989b979a50959850939692959293505050565b5f610140828403121561150a575f5ffd5b61117083836113f3565b8015158114611131575f5ffd5b803561120981611514565b5f5f5f6060848603121561153e575f5ffd5b611547846111f3565b925061155560208501611369565b9150604084013561156581611514565b809150509250925092565b5f5f5f60608486031215611582575f5ffd5b61158b846111f3565b9250602084013591506115a0604085016111f3565b90509250925092565b5f602082840312156115b9575f5ffd5b5035919050565b61014081016104d48284611278565b5f5f5f5f61018085870312156115e3575f5ffd5b843593506115f486602087016113f3565b92506101608501356001600160401b0381111561160f575f5ffd5b61161b8782880161142e565b95989497509550505050565b634e487b7160e01b5f52601160045260245ffd5b63ffffffff81811683821601908111156104d4576104d4611627565b6001600160801b0381168114611131575f5ffd5b803561120981611657565b6116898261168383611521565b15159052565b61169560208201611521565b151560208301526116a860408201611521565b151560408301526116bb60608201611521565b151560608301526116ce60808201611521565b151560808301526116e160a08201611521565b151560a08301526116f460c08201611521565b151560c083015261170760e0820161166b565b6001600160801b031660e08301526117226101008201611238565b63ffffffff1661010083015261173b6101208201611238565b63ffffffff8116610120840152505050565b61014081016104d48284611676565b60405161014081016001600160401b038111828210171561178b57634e487b7160e01b5f52604160045260245ffd5b60405290565b5f6101408284031280156117a3575f5ffd5b506117ac61175c565b6117b583611521565b81526117c360208401611521565b60208201526117d460408401611521565b60408201526117e560608401611521565b60608201526117f660808401611521565b608082015261180760a08401611521565b60a082015261181860c08401611521565b60c082015261182960e0840161166b565b60e082015261183b6101008401611238565b61010082015261184e6101208401611238565b6101208201529392505050565b5f6001600160401b0382166001600160401b03810361187c5761187c611627565b60010192915050565b82815261016081016111706020830184611676565b634e487b7160e01b5f52603260045260245ffd5b5f602082840312156118be575f5ffd5b61117082611369565b5f81356104d481611514565b5f81356104d481611657565b5f81356104d481611227565b81356118f681611514565b815490151560ff1660ff1991909116178155611931611917602084016118c7565b82805461ff00191691151560081b61ff0016919091179055565b61195c611940604084016118c7565b82805462ff0000191691151560101b62ff000016919091179055565b61198961196b606084016118c7565b82805463ff000000191691151560181b63ff00000016919091179055565b6119b8611998608084016118c7565b82805464ff00000000191691151560201b64ff0000000016919091179055565b6119e96119c760a084016118c7565b82805465ff0000000000191691151560281b65ff000000000016919091179055565b611a1c6119f860c084016118c7565b82805466ff000000000000191691151560301b66ff00000000000016919091179055565b611a6b611a2b60e084016118d3565b825476ffffffffffffffffffffffffffffffff00000000000000191660389190911b76ffffffffffffffffffffffffffffffff0000000000000016178255565b611a9f611a7b61010084016118df565b82805463ffffffff60b81b191660b89290921b63ffffffff60b81b16919091179055565b611ad3611aaf61012084016118df565b82805463ffffffff60d81b191660d89290921b63ffffffff60d81b16919091179055565b505056",
}

// DataNets is an auto generated Go binding around an Ethereum contract.
type DataNets struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *DataNets) GetABI() abi.ABI {
	return c.abi
}

// NewDataNets creates a new instance of DataNets.
func NewDataNets() *DataNets {
	parsed, err := DataNetsMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &DataNets{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *DataNets) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackContribute is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb8afe622.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function contribute(uint64 netId, bytes32 root, uint64 rows) returns(uint64 contributionId)
func (dataNets *DataNets) PackContribute(netId uint64, root [32]byte, rows uint64) []byte {
	enc, err := dataNets.abi.Pack("contribute", netId, root, rows)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackContribute is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb8afe622.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function contribute(uint64 netId, bytes32 root, uint64 rows) returns(uint64 contributionId)
func (dataNets *DataNets) TryPackContribute(netId uint64, root [32]byte, rows uint64) ([]byte, error) {
	return dataNets.abi.Pack("contribute", netId, root, rows)
}

// UnpackContribute is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xb8afe622.
//
// Solidity: function contribute(uint64 netId, bytes32 root, uint64 rows) returns(uint64 contributionId)
func (dataNets *DataNets) UnpackContribute(data []byte) (uint64, error) {
	out, err := dataNets.abi.Unpack("contribute", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackContributionCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xae1cb0ba.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function contributionCount(uint64 netId) view returns(uint64)
func (dataNets *DataNets) PackContributionCount(netId uint64) []byte {
	enc, err := dataNets.abi.Pack("contributionCount", netId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackContributionCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xae1cb0ba.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function contributionCount(uint64 netId) view returns(uint64)
func (dataNets *DataNets) TryPackContributionCount(netId uint64) ([]byte, error) {
	return dataNets.abi.Pack("contributionCount", netId)
}

// UnpackContributionCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xae1cb0ba.
//
// Solidity: function contributionCount(uint64 netId) view returns(uint64)
func (dataNets *DataNets) UnpackContributionCount(data []byte) (uint64, error) {
	out, err := dataNets.abi.Unpack("contributionCount", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackCreateNet is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf9e1f151.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function createNet(bytes32 metadata, (bool,bool,bool,bool,bool,bool,bool,uint128,uint32,uint32) terms, address[] curators) returns(uint64 netId)
func (dataNets *DataNets) PackCreateNet(metadata [32]byte, terms Terms, curators []common.Address) []byte {
	enc, err := dataNets.abi.Pack("createNet", metadata, terms, curators)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCreateNet is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf9e1f151.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function createNet(bytes32 metadata, (bool,bool,bool,bool,bool,bool,bool,uint128,uint32,uint32) terms, address[] curators) returns(uint64 netId)
func (dataNets *DataNets) TryPackCreateNet(metadata [32]byte, terms Terms, curators []common.Address) ([]byte, error) {
	return dataNets.abi.Pack("createNet", metadata, terms, curators)
}

// UnpackCreateNet is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xf9e1f151.
//
// Solidity: function createNet(bytes32 metadata, (bool,bool,bool,bool,bool,bool,bool,uint128,uint32,uint32) terms, address[] curators) returns(uint64 netId)
func (dataNets *DataNets) UnpackCreateNet(data []byte) (uint64, error) {
	out, err := dataNets.abi.Unpack("createNet", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackDigestOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x949af37e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function digestOf((bool,bool,bool,bool,bool,bool,bool,uint128,uint32,uint32) given) pure returns(bytes32)
func (dataNets *DataNets) PackDigestOf(given Terms) []byte {
	enc, err := dataNets.abi.Pack("digestOf", given)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDigestOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x949af37e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function digestOf((bool,bool,bool,bool,bool,bool,bool,uint128,uint32,uint32) given) pure returns(bytes32)
func (dataNets *DataNets) TryPackDigestOf(given Terms) ([]byte, error) {
	return dataNets.abi.Pack("digestOf", given)
}

// UnpackDigestOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x949af37e.
//
// Solidity: function digestOf((bool,bool,bool,bool,bool,bool,bool,uint128,uint32,uint32) given) pure returns(bytes32)
func (dataNets *DataNets) UnpackDigestOf(data []byte) ([32]byte, error) {
	out, err := dataNets.abi.Unpack("digestOf", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackHoldsRow is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x71c2de92.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function holdsRow(uint64 netId, uint32 number, bytes32 row, address contributor, uint256 byteLength, bytes32[] proof) view returns(bool)
func (dataNets *DataNets) PackHoldsRow(netId uint64, number uint32, row [32]byte, contributor common.Address, byteLength *big.Int, proof [][32]byte) []byte {
	enc, err := dataNets.abi.Pack("holdsRow", netId, number, row, contributor, byteLength, proof)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackHoldsRow is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x71c2de92.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function holdsRow(uint64 netId, uint32 number, bytes32 row, address contributor, uint256 byteLength, bytes32[] proof) view returns(bool)
func (dataNets *DataNets) TryPackHoldsRow(netId uint64, number uint32, row [32]byte, contributor common.Address, byteLength *big.Int, proof [][32]byte) ([]byte, error) {
	return dataNets.abi.Pack("holdsRow", netId, number, row, contributor, byteLength, proof)
}

// UnpackHoldsRow is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x71c2de92.
//
// Solidity: function holdsRow(uint64 netId, uint32 number, bytes32 row, address contributor, uint256 byteLength, bytes32[] proof) view returns(bool)
func (dataNets *DataNets) UnpackHoldsRow(data []byte) (bool, error) {
	out, err := dataNets.abi.Unpack("holdsRow", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackIsCurator is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3d6dc158.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function isCurator(uint64 netId, address account) view returns(bool)
func (dataNets *DataNets) PackIsCurator(netId uint64, account common.Address) []byte {
	enc, err := dataNets.abi.Pack("isCurator", netId, account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackIsCurator is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3d6dc158.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function isCurator(uint64 netId, address account) view returns(bool)
func (dataNets *DataNets) TryPackIsCurator(netId uint64, account common.Address) ([]byte, error) {
	return dataNets.abi.Pack("isCurator", netId, account)
}

// UnpackIsCurator is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x3d6dc158.
//
// Solidity: function isCurator(uint64 netId, address account) view returns(bool)
func (dataNets *DataNets) UnpackIsCurator(data []byte) (bool, error) {
	out, err := dataNets.abi.Unpack("isCurator", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackNet is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0529e875.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function net(uint64 netId) view returns((address,uint64,uint32,bytes32,bytes32))
func (dataNets *DataNets) PackNet(netId uint64) []byte {
	enc, err := dataNets.abi.Pack("net", netId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackNet is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0529e875.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function net(uint64 netId) view returns((address,uint64,uint32,bytes32,bytes32))
func (dataNets *DataNets) TryPackNet(netId uint64) ([]byte, error) {
	return dataNets.abi.Pack("net", netId)
}

// UnpackNet is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x0529e875.
//
// Solidity: function net(uint64 netId) view returns((address,uint64,uint32,bytes32,bytes32))
func (dataNets *DataNets) UnpackNet(data []byte) (Net, error) {
	out, err := dataNets.abi.Unpack("net", data)
	if err != nil {
		return *new(Net), err
	}
	out0 := *abi.ConvertType(out[0], new(Net)).(*Net)
	return out0, nil
}

// PackNetCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3a3bff77.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function netCount() view returns(uint64)
func (dataNets *DataNets) PackNetCount() []byte {
	enc, err := dataNets.abi.Pack("netCount")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackNetCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3a3bff77.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function netCount() view returns(uint64)
func (dataNets *DataNets) TryPackNetCount() ([]byte, error) {
	return dataNets.abi.Pack("netCount")
}

// UnpackNetCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x3a3bff77.
//
// Solidity: function netCount() view returns(uint64)
func (dataNets *DataNets) UnpackNetCount(data []byte) (uint64, error) {
	out, err := dataNets.abi.Unpack("netCount", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackOffer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x33f27629.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function offer(uint64 netId) view returns(address owner, bytes32 digest, (bool,bool,bool,bool,bool,bool,bool,uint128,uint32,uint32) inForce)
func (dataNets *DataNets) PackOffer(netId uint64) []byte {
	enc, err := dataNets.abi.Pack("offer", netId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackOffer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x33f27629.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function offer(uint64 netId) view returns(address owner, bytes32 digest, (bool,bool,bool,bool,bool,bool,bool,uint128,uint32,uint32) inForce)
func (dataNets *DataNets) TryPackOffer(netId uint64) ([]byte, error) {
	return dataNets.abi.Pack("offer", netId)
}

// OfferOutput serves as a container for the return parameters of contract
// method Offer.
type OfferOutput struct {
	Owner   common.Address
	Digest  [32]byte
	InForce Terms
}

// UnpackOffer is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x33f27629.
//
// Solidity: function offer(uint64 netId) view returns(address owner, bytes32 digest, (bool,bool,bool,bool,bool,bool,bool,uint128,uint32,uint32) inForce)
func (dataNets *DataNets) UnpackOffer(data []byte) (OfferOutput, error) {
	out, err := dataNets.abi.Unpack("offer", data)
	outstruct := new(OfferOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Owner = *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	outstruct.Digest = *abi.ConvertType(out[1], new([32]byte)).(*[32]byte)
	outstruct.InForce = *abi.ConvertType(out[2], new(Terms)).(*Terms)
	return *outstruct, nil
}

// PackPublishVersion is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6291d506.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function publishVersion(uint64 netId, bytes32 root, bytes32 digest, uint64 rows) returns(uint32 number)
func (dataNets *DataNets) PackPublishVersion(netId uint64, root [32]byte, digest [32]byte, rows uint64) []byte {
	enc, err := dataNets.abi.Pack("publishVersion", netId, root, digest, rows)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPublishVersion is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6291d506.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function publishVersion(uint64 netId, bytes32 root, bytes32 digest, uint64 rows) returns(uint32 number)
func (dataNets *DataNets) TryPackPublishVersion(netId uint64, root [32]byte, digest [32]byte, rows uint64) ([]byte, error) {
	return dataNets.abi.Pack("publishVersion", netId, root, digest, rows)
}

// UnpackPublishVersion is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x6291d506.
//
// Solidity: function publishVersion(uint64 netId, bytes32 root, bytes32 digest, uint64 rows) returns(uint32 number)
func (dataNets *DataNets) UnpackPublishVersion(data []byte) (uint32, error) {
	out, err := dataNets.abi.Unpack("publishVersion", data)
	if err != nil {
		return *new(uint32), err
	}
	out0 := *abi.ConvertType(out[0], new(uint32)).(*uint32)
	return out0, nil
}

// PackSetCurator is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9e6d2518.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setCurator(uint64 netId, address curator, bool allowed) returns()
func (dataNets *DataNets) PackSetCurator(netId uint64, curator common.Address, allowed bool) []byte {
	enc, err := dataNets.abi.Pack("setCurator", netId, curator, allowed)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetCurator is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9e6d2518.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setCurator(uint64 netId, address curator, bool allowed) returns()
func (dataNets *DataNets) TryPackSetCurator(netId uint64, curator common.Address, allowed bool) ([]byte, error) {
	return dataNets.abi.Pack("setCurator", netId, curator, allowed)
}

// PackSetTerms is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6f87f40e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setTerms(uint64 netId, (bool,bool,bool,bool,bool,bool,bool,uint128,uint32,uint32) terms) returns()
func (dataNets *DataNets) PackSetTerms(netId uint64, terms Terms) []byte {
	enc, err := dataNets.abi.Pack("setTerms", netId, terms)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetTerms is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6f87f40e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setTerms(uint64 netId, (bool,bool,bool,bool,bool,bool,bool,uint128,uint32,uint32) terms) returns()
func (dataNets *DataNets) TryPackSetTerms(netId uint64, terms Terms) ([]byte, error) {
	return dataNets.abi.Pack("setTerms", netId, terms)
}

// PackTermsOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xbe5170c0.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function termsOf(bytes32 digest) view returns((bool,bool,bool,bool,bool,bool,bool,uint128,uint32,uint32))
func (dataNets *DataNets) PackTermsOf(digest [32]byte) []byte {
	enc, err := dataNets.abi.Pack("termsOf", digest)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackTermsOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xbe5170c0.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function termsOf(bytes32 digest) view returns((bool,bool,bool,bool,bool,bool,bool,uint128,uint32,uint32))
func (dataNets *DataNets) TryPackTermsOf(digest [32]byte) ([]byte, error) {
	return dataNets.abi.Pack("termsOf", digest)
}

// UnpackTermsOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xbe5170c0.
//
// Solidity: function termsOf(bytes32 digest) view returns((bool,bool,bool,bool,bool,bool,bool,uint128,uint32,uint32))
func (dataNets *DataNets) UnpackTermsOf(data []byte) (Terms, error) {
	out, err := dataNets.abi.Unpack("termsOf", data)
	if err != nil {
		return *new(Terms), err
	}
	out0 := *abi.ConvertType(out[0], new(Terms)).(*Terms)
	return out0, nil
}

// PackVersion is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x07031ab0.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function version(uint64 netId, uint32 number) view returns((bytes32,bytes32,bytes32,uint64,uint64,address))
func (dataNets *DataNets) PackVersion(netId uint64, number uint32) []byte {
	enc, err := dataNets.abi.Pack("version", netId, number)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackVersion is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x07031ab0.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function version(uint64 netId, uint32 number) view returns((bytes32,bytes32,bytes32,uint64,uint64,address))
func (dataNets *DataNets) TryPackVersion(netId uint64, number uint32) ([]byte, error) {
	return dataNets.abi.Pack("version", netId, number)
}

// UnpackVersion is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x07031ab0.
//
// Solidity: function version(uint64 netId, uint32 number) view returns((bytes32,bytes32,bytes32,uint64,uint64,address))
func (dataNets *DataNets) UnpackVersion(data []byte) (Version, error) {
	out, err := dataNets.abi.Unpack("version", data)
	if err != nil {
		return *new(Version), err
	}
	out0 := *abi.ConvertType(out[0], new(Version)).(*Version)
	return out0, nil
}

// DataNetsContributionCommitted represents a ContributionCommitted event raised by the DataNets contract.
type DataNetsContributionCommitted struct {
	NetId          uint64
	ContributionId uint64
	Contributor    common.Address
	Root           [32]byte
	Rows           uint64
	Raw            *types.Log // Blockchain specific contextual infos
}

const DataNetsContributionCommittedEventName = "ContributionCommitted"

// ContractEventName returns the user-defined event name.
func (DataNetsContributionCommitted) ContractEventName() string {
	return DataNetsContributionCommittedEventName
}

// UnpackContributionCommittedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ContributionCommitted(uint64 indexed netId, uint64 indexed contributionId, address indexed contributor, bytes32 root, uint64 rows)
func (dataNets *DataNets) UnpackContributionCommittedEvent(log *types.Log) (*DataNetsContributionCommitted, error) {
	event := "ContributionCommitted"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != dataNets.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(DataNetsContributionCommitted)
	if len(log.Data) > 0 {
		if err := dataNets.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range dataNets.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// DataNetsCuratorSet represents a CuratorSet event raised by the DataNets contract.
type DataNetsCuratorSet struct {
	NetId   uint64
	Curator common.Address
	Allowed bool
	Raw     *types.Log // Blockchain specific contextual infos
}

const DataNetsCuratorSetEventName = "CuratorSet"

// ContractEventName returns the user-defined event name.
func (DataNetsCuratorSet) ContractEventName() string {
	return DataNetsCuratorSetEventName
}

// UnpackCuratorSetEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event CuratorSet(uint64 indexed netId, address indexed curator, bool allowed)
func (dataNets *DataNets) UnpackCuratorSetEvent(log *types.Log) (*DataNetsCuratorSet, error) {
	event := "CuratorSet"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != dataNets.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(DataNetsCuratorSet)
	if len(log.Data) > 0 {
		if err := dataNets.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range dataNets.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// DataNetsNetCreated represents a NetCreated event raised by the DataNets contract.
type DataNetsNetCreated struct {
	NetId       uint64
	Owner       common.Address
	Metadata    [32]byte
	TermsDigest [32]byte
	Terms       Terms
	Raw         *types.Log // Blockchain specific contextual infos
}

const DataNetsNetCreatedEventName = "NetCreated"

// ContractEventName returns the user-defined event name.
func (DataNetsNetCreated) ContractEventName() string {
	return DataNetsNetCreatedEventName
}

// UnpackNetCreatedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event NetCreated(uint64 indexed netId, address indexed owner, bytes32 indexed metadata, bytes32 termsDigest, (bool,bool,bool,bool,bool,bool,bool,uint128,uint32,uint32) terms)
func (dataNets *DataNets) UnpackNetCreatedEvent(log *types.Log) (*DataNetsNetCreated, error) {
	event := "NetCreated"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != dataNets.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(DataNetsNetCreated)
	if len(log.Data) > 0 {
		if err := dataNets.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range dataNets.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// DataNetsTermsChanged represents a TermsChanged event raised by the DataNets contract.
type DataNetsTermsChanged struct {
	NetId       uint64
	TermsDigest [32]byte
	Terms       Terms
	Raw         *types.Log // Blockchain specific contextual infos
}

const DataNetsTermsChangedEventName = "TermsChanged"

// ContractEventName returns the user-defined event name.
func (DataNetsTermsChanged) ContractEventName() string {
	return DataNetsTermsChangedEventName
}

// UnpackTermsChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event TermsChanged(uint64 indexed netId, bytes32 indexed termsDigest, (bool,bool,bool,bool,bool,bool,bool,uint128,uint32,uint32) terms)
func (dataNets *DataNets) UnpackTermsChangedEvent(log *types.Log) (*DataNetsTermsChanged, error) {
	event := "TermsChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != dataNets.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(DataNetsTermsChanged)
	if len(log.Data) > 0 {
		if err := dataNets.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range dataNets.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// DataNetsVersionPublished represents a VersionPublished event raised by the DataNets contract.
type DataNetsVersionPublished struct {
	NetId       uint64
	Number      uint32
	Publisher   common.Address
	Root        [32]byte
	Digest      [32]byte
	TermsDigest [32]byte
	Rows        uint64
	Raw         *types.Log // Blockchain specific contextual infos
}

const DataNetsVersionPublishedEventName = "VersionPublished"

// ContractEventName returns the user-defined event name.
func (DataNetsVersionPublished) ContractEventName() string {
	return DataNetsVersionPublishedEventName
}

// UnpackVersionPublishedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event VersionPublished(uint64 indexed netId, uint32 indexed number, address indexed publisher, bytes32 root, bytes32 digest, bytes32 termsDigest, uint64 rows)
func (dataNets *DataNets) UnpackVersionPublishedEvent(log *types.Log) (*DataNetsVersionPublished, error) {
	event := "VersionPublished"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != dataNets.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(DataNetsVersionPublished)
	if len(log.Data) > 0 {
		if err := dataNets.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range dataNets.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// UnpackError attempts to decode the provided error data using user-defined
// error definitions.
func (dataNets *DataNets) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], dataNets.abi.Errors["EmptyDigest"].ID.Bytes()[:4]) {
		return dataNets.UnpackEmptyDigestError(raw[4:])
	}
	if bytes.Equal(raw[:4], dataNets.abi.Errors["NoRows"].ID.Bytes()[:4]) {
		return dataNets.UnpackNoRowsError(raw[4:])
	}
	if bytes.Equal(raw[:4], dataNets.abi.Errors["NotCurator"].ID.Bytes()[:4]) {
		return dataNets.UnpackNotCuratorError(raw[4:])
	}
	if bytes.Equal(raw[:4], dataNets.abi.Errors["NotOwner"].ID.Bytes()[:4]) {
		return dataNets.UnpackNotOwnerError(raw[4:])
	}
	if bytes.Equal(raw[:4], dataNets.abi.Errors["PriceWithoutPeriod"].ID.Bytes()[:4]) {
		return dataNets.UnpackPriceWithoutPeriodError(raw[4:])
	}
	if bytes.Equal(raw[:4], dataNets.abi.Errors["PriceWithoutTraining"].ID.Bytes()[:4]) {
		return dataNets.UnpackPriceWithoutTrainingError(raw[4:])
	}
	if bytes.Equal(raw[:4], dataNets.abi.Errors["RevenueAboveWhole"].ID.Bytes()[:4]) {
		return dataNets.UnpackRevenueAboveWholeError(raw[4:])
	}
	if bytes.Equal(raw[:4], dataNets.abi.Errors["SameTerms"].ID.Bytes()[:4]) {
		return dataNets.UnpackSameTermsError(raw[4:])
	}
	if bytes.Equal(raw[:4], dataNets.abi.Errors["SameVersion"].ID.Bytes()[:4]) {
		return dataNets.UnpackSameVersionError(raw[4:])
	}
	if bytes.Equal(raw[:4], dataNets.abi.Errors["UnknownNet"].ID.Bytes()[:4]) {
		return dataNets.UnpackUnknownNetError(raw[4:])
	}
	if bytes.Equal(raw[:4], dataNets.abi.Errors["UnknownTerms"].ID.Bytes()[:4]) {
		return dataNets.UnpackUnknownTermsError(raw[4:])
	}
	if bytes.Equal(raw[:4], dataNets.abi.Errors["UnknownVersion"].ID.Bytes()[:4]) {
		return dataNets.UnpackUnknownVersionError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// DataNetsEmptyDigest represents a EmptyDigest error raised by the DataNets contract.
type DataNetsEmptyDigest struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error EmptyDigest()
func DataNetsEmptyDigestErrorID() common.Hash {
	return common.HexToHash("0x73ca6097e4dbbbae904393617e9d74e83f9b1e73906257753687e5d824acb1ea")
}

// UnpackEmptyDigestError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error EmptyDigest()
func (dataNets *DataNets) UnpackEmptyDigestError(raw []byte) (*DataNetsEmptyDigest, error) {
	out := new(DataNetsEmptyDigest)
	if err := dataNets.abi.UnpackIntoInterface(out, "EmptyDigest", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// DataNetsNoRows represents a NoRows error raised by the DataNets contract.
type DataNetsNoRows struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NoRows()
func DataNetsNoRowsErrorID() common.Hash {
	return common.HexToHash("0xb2666ad541196e9511e59358bb0d80d3cc9dc749cdb70052b2e59cda31192d34")
}

// UnpackNoRowsError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NoRows()
func (dataNets *DataNets) UnpackNoRowsError(raw []byte) (*DataNetsNoRows, error) {
	out := new(DataNetsNoRows)
	if err := dataNets.abi.UnpackIntoInterface(out, "NoRows", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// DataNetsNotCurator represents a NotCurator error raised by the DataNets contract.
type DataNetsNotCurator struct {
	NetId  uint64
	Caller common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotCurator(uint64 netId, address caller)
func DataNetsNotCuratorErrorID() common.Hash {
	return common.HexToHash("0x739c189cd8e93b71c88512a3e792a352f6790fb94734d3d31628f5ff37a57a15")
}

// UnpackNotCuratorError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotCurator(uint64 netId, address caller)
func (dataNets *DataNets) UnpackNotCuratorError(raw []byte) (*DataNetsNotCurator, error) {
	out := new(DataNetsNotCurator)
	if err := dataNets.abi.UnpackIntoInterface(out, "NotCurator", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// DataNetsNotOwner represents a NotOwner error raised by the DataNets contract.
type DataNetsNotOwner struct {
	NetId  uint64
	Caller common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotOwner(uint64 netId, address caller)
func DataNetsNotOwnerErrorID() common.Hash {
	return common.HexToHash("0x4b9d219fe93a98e3fe6832876abebce2006062f07cff271b865a8484b45e0eaa")
}

// UnpackNotOwnerError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotOwner(uint64 netId, address caller)
func (dataNets *DataNets) UnpackNotOwnerError(raw []byte) (*DataNetsNotOwner, error) {
	out := new(DataNetsNotOwner)
	if err := dataNets.abi.UnpackIntoInterface(out, "NotOwner", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// DataNetsPriceWithoutPeriod represents a PriceWithoutPeriod error raised by the DataNets contract.
type DataNetsPriceWithoutPeriod struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error PriceWithoutPeriod()
func DataNetsPriceWithoutPeriodErrorID() common.Hash {
	return common.HexToHash("0x40b48fe821f95194b1061ba4252fbdc5768f15d0e2e07fd135f8e8fd0fe7d0fe")
}

// UnpackPriceWithoutPeriodError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error PriceWithoutPeriod()
func (dataNets *DataNets) UnpackPriceWithoutPeriodError(raw []byte) (*DataNetsPriceWithoutPeriod, error) {
	out := new(DataNetsPriceWithoutPeriod)
	if err := dataNets.abi.UnpackIntoInterface(out, "PriceWithoutPeriod", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// DataNetsPriceWithoutTraining represents a PriceWithoutTraining error raised by the DataNets contract.
type DataNetsPriceWithoutTraining struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error PriceWithoutTraining()
func DataNetsPriceWithoutTrainingErrorID() common.Hash {
	return common.HexToHash("0x3ebfbe24e752a8d45b021538a68ff86e3b019b0fb765b3bbf263fc4662d624a9")
}

// UnpackPriceWithoutTrainingError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error PriceWithoutTraining()
func (dataNets *DataNets) UnpackPriceWithoutTrainingError(raw []byte) (*DataNetsPriceWithoutTraining, error) {
	out := new(DataNetsPriceWithoutTraining)
	if err := dataNets.abi.UnpackIntoInterface(out, "PriceWithoutTraining", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// DataNetsRevenueAboveWhole represents a RevenueAboveWhole error raised by the DataNets contract.
type DataNetsRevenueAboveWhole struct {
	RevenuePpm uint32
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error RevenueAboveWhole(uint32 revenuePpm)
func DataNetsRevenueAboveWholeErrorID() common.Hash {
	return common.HexToHash("0xa248d3cd6f54f4cd5da6623eb7bd5b70cc8de8aaa57056bab6d7e567cb08ca41")
}

// UnpackRevenueAboveWholeError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error RevenueAboveWhole(uint32 revenuePpm)
func (dataNets *DataNets) UnpackRevenueAboveWholeError(raw []byte) (*DataNetsRevenueAboveWhole, error) {
	out := new(DataNetsRevenueAboveWhole)
	if err := dataNets.abi.UnpackIntoInterface(out, "RevenueAboveWhole", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// DataNetsSameTerms represents a SameTerms error raised by the DataNets contract.
type DataNetsSameTerms struct {
	NetId       uint64
	TermsDigest [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error SameTerms(uint64 netId, bytes32 termsDigest)
func DataNetsSameTermsErrorID() common.Hash {
	return common.HexToHash("0x3cd0334aaa7e92cc1f878fda55a82846e954adb5c5c02311194554f737a142ce")
}

// UnpackSameTermsError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error SameTerms(uint64 netId, bytes32 termsDigest)
func (dataNets *DataNets) UnpackSameTermsError(raw []byte) (*DataNetsSameTerms, error) {
	out := new(DataNetsSameTerms)
	if err := dataNets.abi.UnpackIntoInterface(out, "SameTerms", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// DataNetsSameVersion represents a SameVersion error raised by the DataNets contract.
type DataNetsSameVersion struct {
	NetId  uint64
	Number uint32
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error SameVersion(uint64 netId, uint32 number)
func DataNetsSameVersionErrorID() common.Hash {
	return common.HexToHash("0x7da1160b9e4169f191f7d7e12a88b867a306f5700c220154b8288a714035b2ca")
}

// UnpackSameVersionError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error SameVersion(uint64 netId, uint32 number)
func (dataNets *DataNets) UnpackSameVersionError(raw []byte) (*DataNetsSameVersion, error) {
	out := new(DataNetsSameVersion)
	if err := dataNets.abi.UnpackIntoInterface(out, "SameVersion", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// DataNetsUnknownNet represents a UnknownNet error raised by the DataNets contract.
type DataNetsUnknownNet struct {
	NetId uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error UnknownNet(uint64 netId)
func DataNetsUnknownNetErrorID() common.Hash {
	return common.HexToHash("0xc1323cd01ff46eb8c5435801b9f4f7cb5578fdee89d91f324e26e0ab23fd8bae")
}

// UnpackUnknownNetError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error UnknownNet(uint64 netId)
func (dataNets *DataNets) UnpackUnknownNetError(raw []byte) (*DataNetsUnknownNet, error) {
	out := new(DataNetsUnknownNet)
	if err := dataNets.abi.UnpackIntoInterface(out, "UnknownNet", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// DataNetsUnknownTerms represents a UnknownTerms error raised by the DataNets contract.
type DataNetsUnknownTerms struct {
	TermsDigest [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error UnknownTerms(bytes32 termsDigest)
func DataNetsUnknownTermsErrorID() common.Hash {
	return common.HexToHash("0x2bc0664bef973e0d126172f3f6f21b01c7c703ec31c0cc6f4e73c16a55355e8d")
}

// UnpackUnknownTermsError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error UnknownTerms(bytes32 termsDigest)
func (dataNets *DataNets) UnpackUnknownTermsError(raw []byte) (*DataNetsUnknownTerms, error) {
	out := new(DataNetsUnknownTerms)
	if err := dataNets.abi.UnpackIntoInterface(out, "UnknownTerms", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// DataNetsUnknownVersion represents a UnknownVersion error raised by the DataNets contract.
type DataNetsUnknownVersion struct {
	NetId  uint64
	Number uint32
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error UnknownVersion(uint64 netId, uint32 number)
func DataNetsUnknownVersionErrorID() common.Hash {
	return common.HexToHash("0x56f363a689ee3d49cd5a20bc8a27d9a97b2ef79d07a9f831b1ca9d542e548c6e")
}

// UnpackUnknownVersionError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error UnknownVersion(uint64 netId, uint32 number)
func (dataNets *DataNets) UnpackUnknownVersionError(raw []byte) (*DataNetsUnknownVersion, error) {
	out := new(DataNetsUnknownVersion)
	if err := dataNets.abi.UnpackIntoInterface(out, "UnknownVersion", raw); err != nil {
		return nil, err
	}
	return out, nil
}

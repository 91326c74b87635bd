package uring

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestToken_KeepsItsParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := op(rapid.Uint8().Draw(t, "op"))
		slot := rapid.Uint32().Draw(t, "slot")
		generation := rapid.Uint32Range(0, generationMask).Draw(t, "generation")
		got := token(makeToken(o, slot, generation))
		require.Equal(t, o, got.op())
		require.Equal(t, slot, got.slot())
		require.Equal(t, generation, got.generation())
	})
}

func TestSlots_OldGenerationsMatchNothing(t *testing.T) {
	var s slots
	require.True(t, s.empty())
	first, second := &conn{}, &conn{}
	s.add(first)
	slot, generation := first.slot, first.generation
	require.Same(t, first, s.get(slot, generation))
	s.remove(first)
	require.Nil(t, s.get(slot, generation))
	require.True(t, s.empty())
	s.add(second)
	require.Equal(t, slot, second.slot)
	require.Nil(t, s.get(slot, generation))
	require.Same(t, second, s.get(second.slot, second.generation))
	require.Nil(t, s.get(99, 0))
}

func TestSlots_GenerationsWrap(t *testing.T) {
	var s slots
	s.add(&conn{})
	s.remove(s.conns[0])
	s.generations[0] = generationMask
	c := &conn{}
	s.add(c)
	require.Same(t, c, s.get(0, generationMask))
	s.remove(c)
	s.add(c)
	require.Zero(t, c.generation)
	require.Same(t, c, s.get(0, 0))
}

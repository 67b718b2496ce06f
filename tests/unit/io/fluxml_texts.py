"""FluxML texts that several tests read, and tidy tables made of lines."""

from cahill.io.label_tables import read_label_tables

NETWORK = """
  <reactionnetwork>
    <metabolitepools>
      <pool id="S" atoms="3"/> <pool id="A" atoms="3"/> <pool id="B" atoms="2"/>
      <pool id="C" atoms="1"/>
      <pool id="P" atoms="3"><annotation name="name">Pee</annotation></pool>
      <pool id="ATP"/>
    </metabolitepools>
    <!-- a comment -->
    <reaction id="up" bidirectional="true">
      <reduct id="S" cfg="abc"/><rproduct id="A" cfg="abc"/>
    </reaction>
    <reaction id="split">
      <reduct id="A" cfg="C#1@1 C#2@1 C#3@1"/>
      <rproduct id="B" cfg="C#3@1 C#2@1"/><rproduct id="C" cfg="C#1@1"/>
      <rproduct id="ATP"/><rproduct id="ATP"/>
    </reaction>
    <reaction id="join" bidirectional="false">
      <reduct id="B" cfg="ab"/><reduct id="C" cfg="c"/><reduct id="ATP"/><reduct id="ATP"/>
      <rproduct id="P" cfg="abc"/>
    </reaction>
    <reaction id="turn___1 turn___2">
      <reduct id="P" cfg="abc"/>
      <rproduct id="A"><variant cfg="abc" ratio="0.25"/><variant cfg="cba" ratio="0.75"/></rproduct>
    </reaction>
    <reaction id="out"><reduct id="P" cfg="abc"/></reaction>
  </reactionnetwork>"""

CONFIGURATION = """
  <configuration name="one">
    <input pool="S">
      <label cfg="100">0.25</label><label cfg="111" purity="0.9">0.75</label>
    </input>
    <measurement>
      <mlabel><fluxunit>mmol/h</fluxunit><timeunit>h</timeunit></mlabel>
      <model>
        <labelingmeasurement>
          <group id="ms" scale="one"><textual>A[2-3]#M0,1,2</textual></group>
        </labelingmeasurement>
        <fluxmeasurement>
          <netflux id="f"><textual>2*up-out</textual></netflux>
          <xchflux id="x"><textual>turn___1</textual></xchflux>
        </fluxmeasurement>
        <poolsizemeasurement>
          <poolsize id="p"><textual>A+B</textual></poolsize>
        </poolsizemeasurement>
      </model>
      <data>
        <datum id="ms" weight="0" stddev="0.01">0.7</datum>
        <datum id="ms" weight="2" stddev="0.02">0.1</datum>
        <datum id="f" stddev="0.5">3</datum>
        <datum id="x" stddev="1">4</datum>
        <datum id="p" stddev="1">7</datum>
      </data>
    </measurement>
    <simulation>
      <variables>
        <fluxvalue flux="up" type="net" lo="1" hi="5">2</fluxvalue>
        <fluxvalue flux="turn___1" type="xch">3</fluxvalue>
        <poolsizevalue pool="A">0.5</poolsizevalue>
      </variables>
    </simulation>
  </configuration>"""

CONSTRAINTS = """
  <constraints>
    <net><textual>up &lt;= 3*(out+1)/2; first: turn___1 = 0.5</textual></net>
    <psize><textual>A &gt;= 0.1</textual></psize>
  </constraints>"""


def fluxml(*parts, head='<fluxml xmlns="http://www.13cflux.net/fluxml">'):
    return f"<?xml version='1.0'?>\n{head}{''.join(parts)}\n</fluxml>"


def tables(folder, **texts):
    for name, text in texts.items():
        rows = [line.replace(" || ", "\t") for line in text.strip().splitlines()]
        (folder / f"{name}.tsv").write_text("\n".join(rows), encoding="utf-8")
    return read_label_tables(folder)
